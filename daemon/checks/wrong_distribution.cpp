#include "checks/wrong_distribution.hpp"

#include "checks/facts.hpp"

#include <algorithm>

namespace envfix::checks {

namespace {

/// Of the two, does the impostor's file lie where both have one? RECORD of the right one says so.
bool is_overwritten(const model::LinkState& link)
{
    return !link.installed.has_value() || !link.damaged.empty();
}

} // namespace

model::Findings wrong_distribution(const model::Snapshot& snapshot, const model::Chain&)
{
    model::Findings found;
    for (const auto& link : snapshot.links) {
        if (link.impostors.empty()) continue;
        const auto& impostor = link.impostors.front();
        const bool overwritten = is_overwritten(link);
        const std::string folder = link.imports.empty() ? link.distribution : link.imports.front().module;
        model::Finding finding{
            .code = folder + "-wrong-distribution",
            .severity = overwritten ? model::Severity::error : model::Severity::warning,
            .distribution = link.distribution,
        };
        const auto other = impostor.name + " " + impostor.version;
        if (!link.installed) {
            finding.summary = "the project '" + impostor.name + "' is installed where " +
                              link.distribution + " is meant: both are imported as '" + folder + "'";
        } else if (overwritten) {
            finding.summary = "the project '" + impostor.name + "' has overwritten files of " +
                              titled(link) + ": both install the folder " + folder + "/";
        } else {
            finding.summary = "the project '" + impostor.name + "' is installed beside " +
                              titled(link) + " in the same folder " + folder +
                              "/; removing it would take files of both away";
        }
        for (const auto& each : link.impostors) {
            finding.evidence.push_back({.path = each.metadata_path,
                                        .owner = each.name + " " + each.version,
                                        .expected = link.distribution,
                                        .actual = each.name});
        }
        for (const auto& file : link.damaged) {
            finding.evidence.push_back({.path = file.path,
                                        .owner = other,
                                        .expected = file.expected,
                                        .actual = file.actual});
            if (finding.evidence.size() >= 8) break;
        }
        const auto& python = snapshot.interpreter.executable;
        finding.remedies = {python + " -m pip uninstall -y " + impostor.name + " " +
                                link.distribution + " && " +
                                install_command(snapshot, link.distribution),
                            "do not remove '" + impostor.name + "' alone: that deletes files of " +
                                link.distribution};
        found.push_back(std::move(finding));
    }
    return found;
}

} // namespace envfix::checks
