#include "checks/distro_packages.hpp"

#include "checks/facts.hpp"
#include "checks/requirements.hpp"
#include "checks/version_facts.hpp"
#include "pep/requirement.hpp"

#include <algorithm>
#include <string_view>

namespace envfix::checks {

namespace {

constexpr std::string_view k_venv = "a venv with its own packages: python3 -m venv .venv, then .venv/bin/python -m pip install ";

bool is_in_user_site(const model::Snapshot& snapshot, const model::Distribution& distribution)
{
    const auto entry = std::ranges::find(snapshot.sys_path, distribution.location, &model::PathEntry::path);
    return entry != snapshot.sys_path.end() && entry->origin == model::PathOrigin::user_site;
}

std::string owner_of(const model::LinkState& link)
{
    return link.debian_package.empty() ? "the system's package manager" : link.debian_package;
}

/// pip's copy and the system's: a remark in a person's own site folder, where it disturbs no program of the system's.
void add_two_copies(const model::Snapshot& snapshot, const model::LinkState& link, model::Findings& found)
{
    const auto& first = *link.installed;
    const auto other = std::ranges::find_if(link.others, [&](const model::Distribution& copy) {
        return copy.location != first.location && is_packaged(copy) != is_packaged(first);
    });
    if (other == link.others.end()) return;
    const auto& packaged = is_packaged(first) ? first : *other;
    const auto& own = is_packaged(first) ? *other : first;
    const bool harmless = is_in_user_site(snapshot, own);
    found.push_back({.code = "distro-package-conflict",
                     .severity = harmless ? model::Severity::info : model::Severity::warning,
                     .distribution = link.distribution,
                     .summary = titled(first) + " in " + first.location + " hides " + titled(*other) + " in " +
                                other->location + ": one is pip's, the other " + owner_of(link) + "'s",
                     .evidence = {{.path = packaged.metadata_path, .owner = owner_of(link), .expected = {}, .actual = packaged.version},
                                  {.path = own.metadata_path, .owner = "pip", .expected = {}, .actual = own.version}},
                     .remedies = {std::string{k_venv} + link.distribution,
                                  "then remove pip's copy: " + snapshot.interpreter.executable + " -m pip uninstall " +
                                      link.distribution}});
}

/// What asks in vain for another version of a packaged member.
std::string asked_for(const model::Snapshot& snapshot, const model::LinkState& link,
                      const std::vector<Requirement>& requirements)
{
    const auto name = normalized(link.distribution);
    for (const auto& requirement : requirements) {
        const bool other = requirement.wanting != nullptr && !is_packaged(*requirement.wanting);
        if (requirement.name == name && !requirement.version_fits && other) {
            return requirement.wanted_by + " requires " + without_marker(requirement.text);
        }
    }
    const auto own = pep::Requirement::parse(link.project_requirement);
    const auto* installed = versioned(snapshot, link.distribution);
    if (own && installed != nullptr && !own->specifier().contains(installed->version, true)) {
        return "the project requires " + link.project_requirement;
    }
    return {};
}

void add_in_the_way(const model::Snapshot& snapshot, const model::LinkState& link, const std::string& asked,
                    model::Findings& found)
{
    const bool system = snapshot.environment.kind == model::EnvironmentKind::system;
    found.push_back({.code = "distro-package-conflict",
                     .severity = system ? model::Severity::warning : model::Severity::info,
                     .distribution = link.distribution,
                     .summary = asked + ", but " + titled(link) + " belongs to " + owner_of(link) +
                                ": pip cannot replace it",
                     .evidence = {{.path = link.installed->metadata_path,
                                   .owner = owner_of(link),
                                   .expected = asked,
                                   .actual = titled(link)}},
                     .remedies = {std::string{k_venv} + link.distribution}});
}

} // namespace

model::Findings distro_packages(const model::Snapshot& snapshot, const model::Chain&)
{
    model::Findings found;
    const auto kind = snapshot.environment.kind;
    const bool shared = kind == model::EnvironmentKind::system || kind == model::EnvironmentKind::user;
    if (!shared || !knows_extensions(snapshot)) return found;
    const auto requirements = requirements_of(snapshot, requirement_roots(snapshot));
    for (const auto& link : snapshot.links) {
        if (!link.installed) continue;
        add_two_copies(snapshot, link, found);
        if (!is_packaged(*link.installed)) continue;
        const auto asked = asked_for(snapshot, link, requirements);
        if (!asked.empty()) add_in_the_way(snapshot, link, asked, found);
    }
    return found;
}

} // namespace envfix::checks
