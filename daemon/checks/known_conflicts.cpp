#include "checks/known_conflicts.hpp"

#include "checks/facts.hpp"
#include "checks/version_facts.hpp"

#include <algorithm>

namespace envfix::checks {

namespace {

std::string other_name(const model::Snapshot& snapshot, const Conflict& conflict)
{
    return conflict.with == nullptr ? python_name(snapshot.interpreter) : titled(*conflict.with);
}

/// Whether whoever packaged both answers for their fitting together: he may have patched them.
bool all_packaged(const model::Snapshot& snapshot, const Conflict& conflict)
{
    const bool other = conflict.with == nullptr ? snapshot.interpreter.debian : is_packaged(*conflict.with);
    return is_packaged(*conflict.distribution) && other;
}

std::string wanted(const Conflict& conflict)
{
    if (!conflict.wanted.empty()) return conflict.wanted;
    return "a version other than " + conflict.rule->versions;
}

model::Finding finding_of(const model::Snapshot& snapshot, const std::vector<Conflict>& group)
{
    const auto& first = group.front();
    const auto& distribution = *first.distribution;
    model::Finding finding{.code = first.rule->code, .distribution = chain_name(snapshot, distribution)};
    finding.summary = titled(distribution) + " does not work with " + other_name(snapshot, first) + ": " +
                      first.rule->because;
    if (group.size() > 1) finding.summary += " (and " + std::to_string(group.size() - 1) + " more like it)";
    std::vector<std::string> names{distribution.name};
    for (const auto& conflict : group) {
        finding.evidence.push_back({.path = distribution.metadata_path,
                                    .owner = titled(distribution),
                                    .expected = wanted(conflict) + ", because of " + other_name(snapshot, conflict),
                                    .actual = distribution.version});
        if (conflict.with != nullptr) names.push_back(conflict.with->name);
    }
    const bool packaged = std::ranges::all_of(
        group, [&](const Conflict& conflict) { return all_packaged(snapshot, conflict); });
    finding.severity = packaged ? model::Severity::warning : model::Severity::error;
    finding.remedies.push_back(upgrade_command(snapshot, names));
    return finding;
}

} // namespace

model::Findings known_conflicts(const model::Snapshot& snapshot, const model::Chain& chain)
{
    std::vector<std::vector<Conflict>> groups;
    for (auto& conflict : conflicts_here(snapshot, chain)) {
        const auto same = std::ranges::find_if(groups, [&](const std::vector<Conflict>& group) {
            return group.front().distribution == conflict.distribution &&
                   group.front().rule->code == conflict.rule->code;
        });
        if (same == groups.end()) {
            groups.push_back({std::move(conflict)});
        } else {
            same->push_back(std::move(conflict));
        }
    }
    model::Findings found;
    for (const auto& group : groups) found.push_back(finding_of(snapshot, group));
    return found;
}

} // namespace envfix::checks
