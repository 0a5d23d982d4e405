// An extension counts as needed where its own distribution is there, or where another member that is there
// needs it by an edge of the chain: Debian's cryptography does not say that it needs _cffi_backend.
#include "checks/extension_presence.hpp"

#include "checks/binary_architecture.hpp"
#include "checks/facts.hpp"

#include <algorithm>

namespace envfix::checks {

namespace {

const model::LinkState* link_that_needs(const model::Snapshot& snapshot, const model::Chain& chain,
                                        const model::LinkState& owner, const std::string& module)
{
    for (std::size_t i = 0; i < chain.links.size() && i < snapshot.links.size(); ++i) {
        if (!is_present(snapshot.links[i])) continue;
        for (const auto& edge : chain.links[i].needs) {
            if (edge.module == module && normalized(edge.distribution) == normalized(owner.distribution)) {
                return &snapshot.links[i];
            }
        }
    }
    return nullptr;
}

bool is_wanted_of_its_own(const model::LinkState& link)
{
    return link.installed.has_value() ||
           std::ranges::any_of(link.imports, [](const model::ModuleFile& module) {
               return module.kind == model::ModuleKind::package ||
                      module.kind == model::ModuleKind::source;
           });
}

/// "Python 3.12 (x86_64-linux-gnu)" out of ".cpython-312-x86_64-linux-gnu.so"; the suffix itself where it says nothing.
std::string maker_of(const std::string& suffix)
{
    constexpr std::string_view k_cpython = ".cpython-3";
    if (!suffix.starts_with(k_cpython)) return "another Python (" + suffix + ")";
    const auto digits_end = suffix.find_first_not_of("0123456789", k_cpython.size());
    const auto minor = suffix.substr(k_cpython.size(), digits_end - k_cpython.size());
    if (minor.empty() || digits_end == std::string::npos) return "another Python (" + suffix + ")";
    std::string name = "Python 3." + minor;
    if (suffix[digits_end] == 't') name += " (free-threaded)";
    if (suffix[digits_end] == 'd') name += " (debug)";
    return name;
}

/// What the chain calls it, or the general code where it calls it nothing.
std::string code_or_general(const std::string& code)
{
    return code.empty() ? "extension-abi-mismatch" : code;
}

model::Finding missing(const model::Snapshot& snapshot, const model::LinkState& link,
                       const model::ModuleFile& module, const model::ChainLink& chain_link,
                       const model::LinkState* needed_by)
{
    model::Finding finding{.code = code_or_general(chain_link.missing_code), .distribution = link.distribution};
    finding.summary = "no " + module.module + " that " + python_name(snapshot.interpreter) + " could import";
    if (needed_by != nullptr && needed_by != &link) {
        finding.summary += ", but " + titled(*needed_by) + " needs it";
    } else {
        finding.summary += ": the compiled part of " + titled(link) + " is gone";
    }
    const auto suffix = snapshot.interpreter.extension_suffixes.front();
    const auto leaf = module.module.substr(module.module.rfind('.') + 1);
    const auto& location = link.installed ? link.installed->location
                           : needed_by != nullptr && needed_by->installed ? needed_by->installed->location
                                                                          : snapshot.environment.path;
    std::string folder = location;
    for (std::size_t from = 0, dot = 0; (dot = module.module.find('.', from)) != std::string::npos; from = dot + 1) {
        folder += '/';
        folder += module.module.substr(from, dot - from);
    }
    finding.evidence.push_back({.path = folder + "/" + leaf + suffix,
                                .owner = titled(link),
                                .expected = "a compiled module for " + python_name(snapshot.interpreter),
                                .actual = "no such file anywhere on sys.path"});
    if (link.debian_package.empty()) {
        finding.remedies.push_back(reinstall_command(snapshot, link));
    } else {
        finding.remedies.push_back("sudo apt-get install --reinstall " + link.debian_package);
    }
    return finding;
}

model::Finding mismatch(const model::Snapshot& snapshot, const model::LinkState& link,
                        const model::ModuleFile& module, const model::ChainLink& chain_link)
{
    const auto& file = module.unaccepted.front();
    model::Finding finding{.code = code_or_general(chain_link.mismatch_code), .distribution = link.distribution};
    finding.summary = "the only " + module.module + " was made for " + maker_of(file.suffix) +
                      ", not for " + python_name(snapshot.interpreter) + ": " + file.path;
    for (const auto& other : module.unaccepted) {
        finding.evidence.push_back({.path = other.path,
                                    .owner = titled(link),
                                    .expected = module.module + snapshot.interpreter.extension_suffixes.front(),
                                    .actual = module.module + other.suffix});
    }
    const bool in_venv = snapshot.environment.kind == model::EnvironmentKind::venv;
    if (in_venv) {
        finding.remedies.push_back(reinstall_command(snapshot, link));
    } else {
        finding.remedies.push_back("run the program with " + maker_of(file.suffix) +
                                   ", which it was made for");
        finding.remedies.push_back("or make a venv for " + python_name(snapshot.interpreter) +
                                   " with its own " + link.distribution);
    }
    return finding;
}

} // namespace

model::Findings extension_presence(const model::Snapshot& snapshot, const model::Chain& chain)
{
    model::Findings found;
    if (!knows_extensions(snapshot)) return found;
    for (std::size_t i = 0; i < chain.links.size() && i < snapshot.links.size(); ++i) {
        const auto& link = snapshot.links[i];
        for (const auto& module : link.extensions) {
            const bool absent = module.kind == model::ModuleKind::absent ||
                                module.kind == model::ModuleKind::namespace_package;
            if (!absent) continue;
            const auto* needed_by = link_that_needs(snapshot, chain, link, module.module);
            if (needed_by == nullptr && !is_wanted_of_its_own(link)) continue;
            const auto here = std::ranges::find_if(module.unaccepted, [&](const auto& file) {
                return is_foreign(file, snapshot.interpreter); // wrong-architecture tells of it
            });
            if (here != module.unaccepted.end()) continue;
            found.push_back(module.unaccepted.empty()
                                ? missing(snapshot, link, module, chain.links[i], needed_by)
                                : mismatch(snapshot, link, module, chain.links[i]));
        }
    }
    return found;
}

} // namespace envfix::checks
