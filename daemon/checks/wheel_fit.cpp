#include "checks/wheel_fit.hpp"

#include "checks/facts.hpp"
#include "checks/interpreter_tags.hpp"
#include "checks/version_facts.hpp"
#include "pep/specifier_set.hpp"
#include "pep/version.hpp"

#include <algorithm>

namespace envfix::checks {

namespace {

bool excludes(const std::string& requires_python, const model::Interpreter& interpreter)
{
    if (requires_python.empty()) return false;
    const auto set = pep::SpecifierSet::parse(requires_python);
    const auto version = pep::Version::try_parse(interpreter.version);
    if (!set || !version) return false;
    auto plain = version->base_version(); // as pip asks: 3.13.0rc2 counts as 3.13.0
    if (std::ranges::count(plain, '.') >= 2) return !set->contains(plain, true);
    // Of 3.11 without a third number only what neither its first nor its last release satisfies is certain.
    return !set->contains(plain + ".0", true) && !set->contains(plain + ".999", true);
}

/// Whether other checks have seen that its compiled files are no good here.
bool is_told_elsewhere(const model::LinkState& link)
{
    return std::ranges::any_of(link.extensions, [](const model::ModuleFile& module) {
        const bool absent = module.kind == model::ModuleKind::absent ||
                            module.kind == model::ModuleKind::namespace_package;
        return absent || (module.binary && !module.binary->loader.empty());
    });
}

/// "cp312-cp312-linux_x86_64 and 3 more"
std::string short_list(const std::vector<std::string>& tags)
{
    std::string text = tags.front();
    if (tags.size() > 1) text += " and " + std::to_string(tags.size() - 1) + " more";
    return text;
}

model::Finding finding_of(const model::Snapshot& snapshot, const model::LinkState& link, const std::string& made_for,
                          const std::string& file)
{
    const auto python = python_name(snapshot.interpreter);
    return {.code = "no-wheel-for-python",
            .severity = model::Severity::warning,
            .distribution = link.distribution,
            .summary = titled(link) + " was made for " + made_for + ", which " + python + " is not",
            .evidence = {{.path = link.installed->metadata_path + file,
                          .owner = titled(link),
                          .expected = python,
                          .actual = made_for}},
            .remedies = {install_command(snapshot, link.distribution) + " --upgrade --only-binary :all:",
                         "or a Python that it has wheels for"}};
}

} // namespace

model::Findings wheel_fit(const model::Snapshot& snapshot, const model::Chain&)
{
    model::Findings found;
    if (!knows_extensions(snapshot)) return found;
    const Wheels wheels(snapshot.interpreter);
    for (const auto& link : snapshot.links) {
        if (!link.installed || is_packaged(*link.installed)) continue; // a package may serve several Pythons
        if (excludes(link.installed->requires_python, snapshot.interpreter)) {
            found.push_back(finding_of(snapshot, link, "Python " + link.installed->requires_python, "/METADATA"));
        } else if (!is_told_elsewhere(link) && !wheels.takes(link.wheel_tags)) {
            found.push_back(finding_of(snapshot, link, short_list(link.wheel_tags), "/WHEEL"));
        }
    }
    return found;
}

} // namespace envfix::checks
