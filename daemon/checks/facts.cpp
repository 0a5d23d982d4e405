#include "checks/facts.hpp"

#include "pep/name.hpp"

#include <elf.h>

#include <algorithm>
#include <utility>

namespace envfix::checks {

namespace {

bool is_there(const model::ModuleFile& module)
{
    return module.kind != model::ModuleKind::absent &&
           module.kind != model::ModuleKind::namespace_package;
}

} // namespace

bool is_present(const model::LinkState& link)
{
    return link.installed.has_value() || std::ranges::any_of(link.imports, is_there) ||
           std::ranges::any_of(link.extensions, is_there);
}

bool concerns(const model::Snapshot& snapshot, const model::Chain& chain, std::string_view name)
{
    for (std::size_t i = 0; i < chain.links.size() && i < snapshot.links.size(); ++i) {
        if (chain.links[i].chain != name) continue;
        const auto& link = snapshot.links[i];
        if (is_present(link) || !link.impostors.empty() || !link.project_requirement.empty()) return true;
    }
    return false;
}

bool knows_what_is_absent(const model::Snapshot& snapshot)
{
    return std::ranges::none_of(snapshot.unreadable, [&](const model::Unreadable& unreadable) {
        return std::ranges::find(snapshot.sys_path, unreadable.path, &model::PathEntry::path) != snapshot.sys_path.end();
    });
}

bool knows_extensions(const model::Snapshot& snapshot)
{
    return !snapshot.interpreter.extension_suffixes.empty();
}

const model::ModuleFile* module_of(const model::LinkState& link, std::string_view module)
{
    for (const auto* modules : {&link.extensions, &link.imports}) {
        const auto found = std::ranges::find(*modules, module, &model::ModuleFile::module);
        if (found != modules->end()) return &*found;
    }
    return nullptr;
}

const model::LinkState* link_of(const model::Snapshot& snapshot, std::string_view distribution)
{
    const auto wanted = normalized(distribution);
    const auto found = std::ranges::find_if(snapshot.links, [&](const model::LinkState& link) {
        return normalized(link.distribution) == wanted;
    });
    return found == snapshot.links.end() ? nullptr : &*found;
}

std::string titled(const model::LinkState& link)
{
    if (!link.installed || link.installed->version.empty()) return link.distribution;
    return link.distribution + " " + link.installed->version;
}

std::string normalized(std::string_view name)
{
    return pep::normalize_name(name);
}

std::string python_name(const model::Interpreter& interpreter)
{
    const bool pypy = interpreter.implementation == "pypy";
    std::string name = pypy ? "PyPy" : "Python";
    if (!interpreter.version.empty()) name += " " + interpreter.version;
    if (interpreter.free_threaded) name += " (free-threaded)";
    if (interpreter.debug) name += " (debug)";
    return name;
}

std::string reinstall_command(const model::Snapshot& snapshot, const model::LinkState& link)
{
    std::string command = snapshot.interpreter.executable +
                          " -m pip install --force-reinstall --no-deps " + link.distribution;
    if (link.installed && !link.installed->version.empty()) {
        command += "==" + link.installed->version;
    }
    return command;
}

std::string install_command(const model::Snapshot& snapshot, std::string_view requirement)
{
    // Quoted, because `>` in a specifier would be a redirection to the shell that it is typed into.
    const bool plain = requirement.find_first_of("<>;[] ()!'\"") == std::string_view::npos;
    const std::string word =
        plain ? std::string{requirement} : "'" + std::string{requirement} + "'";
    const auto& python = snapshot.interpreter.executable;
    const auto kind = snapshot.environment.kind;
    const bool shared = kind == model::EnvironmentKind::system || kind == model::EnvironmentKind::user;
    if (!shared || !snapshot.interpreter.externally_managed) return python + " -m pip install " + word;
    // PEP 668: pip refuses there.
    const auto& project = snapshot.environment.project;
    const auto venv = (project.empty() ? std::string{} : project + "/") + ".venv";
    return python + " -m venv " + venv + " && " + venv + "/bin/python -m pip install " + word;
}

std::string machine_name(std::uint16_t machine)
{
    switch (machine) {
    case EM_X86_64: return "x86-64";
    case EM_386: return "x86 (32 bit)";
    case EM_AARCH64: return "AArch64";
    case EM_ARM: return "ARM";
    case EM_RISCV: return "RISC-V";
    case EM_PPC64: return "PowerPC64";
    case EM_S390: return "s390";
    case EM_LOONGARCH: return "LoongArch";
    default: return "machine " + std::to_string(machine);
    }
}

} // namespace envfix::checks
