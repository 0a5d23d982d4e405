#include "checks/mixed_sites.hpp"

#include "checks/facts.hpp"

#include <algorithm>
#include <map>

namespace envfix::checks {

namespace {

/// The install that a folder on sys.path belongs to; empty where it cannot be told.
std::string install_of(const model::Snapshot& snapshot, const std::string& location)
{
    const auto entry = std::ranges::find(snapshot.sys_path, location, &model::PathEntry::path);
    if (entry == snapshot.sys_path.end()) return {};
    switch (entry->origin) {
    case model::PathOrigin::venv_site: return "the venv";
    case model::PathOrigin::user_site: return "the user site";
    case model::PathOrigin::system_site: return "the system's packages";
    case model::PathOrigin::pythonpath: return "PYTHONPATH";
    case model::PathOrigin::pth: // somebody asked for that folder: an editable install, most often
    case model::PathOrigin::stdlib: return {};
    }
    return {};
}

} // namespace

model::Findings mixed_sites(const model::Snapshot& snapshot, const model::Chain&)
{
    std::map<std::string, const model::LinkState*> installs;
    model::Finding finding{.code = "mixed-site-packages", .severity = model::Severity::warning};
    for (const auto& link : snapshot.links) {
        const std::string location = link.installed        ? link.installed->location
                                     : link.imports.empty() ? std::string{}
                                                            : link.imports.front().location;
        const auto install = install_of(snapshot, location);
        if (install.empty()) continue;
        installs.emplace(install, &link);
        finding.evidence.push_back({.path = location,
                                    .owner = titled(link),
                                    .expected = "one install for the whole chain",
                                    .actual = install});
    }
    if (installs.size() < 2) return {};
    // A venv that was asked to see the system's packages does what it was asked to do.
    const bool asked_for = snapshot.environment.kind == model::EnvironmentKind::venv &&
                           !installs.contains("the user site") && !installs.contains("PYTHONPATH");
    if (asked_for) finding.severity = model::Severity::info;
    std::string parts;
    for (const auto& [install, link] : installs) {
        if (!parts.empty()) parts += ", ";
        parts += link->distribution + " from " + install;
    }
    finding.summary = "packages of several installs are imported together: " + parts;
    finding.remedies = {"a venv of its own without system and user packages: python3 -m venv .venv, then "
                        "install the chain there"};
    return {std::move(finding)};
}

} // namespace envfix::checks
