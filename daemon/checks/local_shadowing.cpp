#include "checks/local_shadowing.hpp"

#include "checks/facts.hpp"

#include <algorithm>
#include <utility>

namespace envfix::checks {

namespace {

bool is_top_module(const std::string& module, const std::string& top)
{
    return module.starts_with(top) && (module.size() == top.size() || module[top.size()] == '.');
}

/// The link that brings the module, and the file of it that an import should take.
std::pair<const model::LinkState*, const model::ModuleFile*>
real_one(const model::Snapshot& snapshot, const std::string& top)
{
    for (const auto& link : snapshot.links) {
        for (const auto* modules : {&link.imports, &link.extensions}) {
            for (const auto& module : *modules) {
                if (is_top_module(module.module, top)) return {&link, &module};
            }
        }
    }
    return {nullptr, nullptr};
}

bool is_absent(const model::ModuleFile& module)
{
    return module.kind == model::ModuleKind::absent ||
           module.kind == model::ModuleKind::namespace_package;
}

/// A folder on the path of the environment itself: an editable install, a workspace.
bool is_on_path(const model::Snapshot& snapshot, const std::string& folder)
{
    return std::ranges::find(snapshot.sys_path, folder, &model::PathEntry::path) !=
           snapshot.sys_path.end();
}

bool is_wanted(const model::LinkState& link, const model::LocalModule& local)
{
    return !link.project_requirement.empty() || !local.imported_by.empty();
}

model::Finding finding_for(const model::Snapshot& snapshot, const model::LinkState& link,
                           const model::ModuleFile& real, const model::LocalModule& local)
{
    const bool absent = is_absent(real);
    const bool is_namespace = local.kind == model::ModuleKind::namespace_package;
    model::Finding finding{.code = "local-module-shadowing",
                           .severity = absent ? model::Severity::error : model::Severity::warning,
                           .distribution = link.distribution};
    if (absent) {
        finding.summary = link.distribution + " is not installed, and `import " + local.module +
                          "` takes " + local.path + " for it: " +
                          (is_namespace ? "a folder of the project without an __init__.py"
                                        : "a file of the project");
    } else {
        finding.summary = local.path + " has the name of the package " + titled(link) +
                          ": a program that is started in " + local.folder +
                          " takes it for the package";
    }
    finding.evidence.push_back(
        {.path = local.path,
         .owner = "the project",
         .expected = absent ? link.distribution : real.path,
         .actual = is_namespace ? "a folder without __init__.py" : "a module of the project"});
    if (!local.imported_by.empty()) {
        finding.evidence.push_back({.path = local.imported_by,
                                    .owner = "the project",
                                    .expected = link.distribution,
                                    .actual = "imports " + local.module});
    }
    if (absent) {
        const auto& asked = link.project_requirement;
        finding.remedies.push_back(
            install_command(snapshot, asked.empty() ? link.distribution : asked));
    }
    if (!is_namespace)
        finding.remedies.push_back("rename " + local.path +
                                   ", and remove the __pycache__ beside it");
    return finding;
}

} // namespace

model::Findings local_shadowing(const model::Snapshot& snapshot, const model::Chain&)
{
    model::Findings found;
    if (!knows_extensions(snapshot) || !knows_what_is_absent(snapshot)) return found;
    for (const auto& local : snapshot.local_modules) {
        const auto [link, real] = real_one(snapshot, local.module);
        if (link == nullptr || real->path == local.path || is_on_path(snapshot, local.folder))
            continue;
        if (is_absent(*real)) {
            // A module that is there although its own distribution is not is no stranger's: nobody
            // asked for the other.
            const bool is_namespace = local.kind == model::ModuleKind::namespace_package;
            if (!is_wanted(*link, local) || (!is_namespace && link->project_requirement.empty()))
                continue;
        } else if (local.kind == model::ModuleKind::namespace_package) {
            continue; // the package wins over a folder without an __init__
        }
        found.push_back(finding_for(snapshot, *link, *real, local));
    }
    return found;
}

} // namespace envfix::checks
