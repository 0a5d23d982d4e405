#include "checks/version_halves.hpp"

#include "checks/facts.hpp"

namespace envfix::checks {

model::Findings version_halves(const model::Snapshot& snapshot, const model::Chain& chain)
{
    model::Findings found;
    for (std::size_t i = 0; i < chain.links.size() && i < snapshot.links.size(); ++i) {
        const auto& asked = chain.links[i];
        const auto& link = snapshot.links[i];
        if (asked.version_extension.empty()) continue;
        const auto* module = module_of(link, asked.version_extension);
        if (module == nullptr || !module->binary || module->binary->stated_version.empty()) continue;
        std::string python_half = link.source_version;
        if (python_half.empty() && link.installed) python_half = link.installed->version;
        const auto& compiled_half = module->binary->stated_version;
        if (python_half.empty() || python_half == compiled_half) continue;
        const auto* package = link.imports.empty() ? nullptr : &link.imports.front();
        const std::string package_path = package != nullptr ? package->path : std::string{};
        found.push_back({
            .code = link.distribution + "-version-mismatch",
            .severity = model::Severity::error,
            .distribution = link.distribution,
            .summary = "the two halves of " + link.distribution + " have different versions: Python " +
                       python_half + " in " + package_path + ", compiled " + compiled_half + " in " +
                       module->binary->path,
            .evidence = {{.path = package_path,
                          .owner = titled(link),
                          .expected = python_half,
                          .actual = python_half},
                         {.path = module->binary->path,
                          .owner = {},
                          .expected = python_half,
                          .actual = compiled_half}},
            .remedies = {reinstall_command(snapshot, link)},
        });
    }
    return found;
}

} // namespace envfix::checks
