#include "checks/foreign_interpreter.hpp"

#include "checks/facts.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace envfix::checks {

namespace {

constexpr std::size_t k_most_evidence = 8;

using Starts = std::vector<const model::ForeignStart*>;

/// Members of the chain that are here and that the other interpreter does not find.
std::vector<std::string> missed(const model::Snapshot& snapshot, const model::ForeignStart& start)
{
    std::vector<std::string> names;
    for (const auto& name : start.lacks) {
        const auto* link = link_of(snapshot, name);
        if (link != nullptr && link->installed) names.push_back(link->distribution);
    }
    return names;
}

std::string shown(const Starts& starts)
{
    const auto& first = *starts.front();
    if (starts.size() == 1) return first.path + " is";
    return first.path + " and " + std::to_string(starts.size() - 1) + " more are";
}

void add_evidence(const model::Snapshot& snapshot, const Starts& starts, model::Finding& finding)
{
    for (const auto* start : starts) {
        if (finding.evidence.size() == k_most_evidence) break;
        finding.evidence.push_back({.path = start->path,
                                    .owner = "line " + std::to_string(start->line),
                                    .expected = snapshot.environment.executable,
                                    .actual = start->interpreter});
    }
}

model::Finding gone(const model::Snapshot& snapshot, const std::string& interpreter,
                    const Starts& starts)
{
    model::Finding finding{.code = "venv-interpreter-missing",
                           .severity = model::Severity::warning};
    finding.summary = shown(starts) + " started with " + interpreter +
                      ", which does not exist: the environment was moved, or made elsewhere";
    add_evidence(snapshot, starts, finding);
    finding.remedies = {
        "start them as modules, which does work: " + snapshot.environment.executable + " -m pip …",
        "or make the venv again where it lies: environments cannot be moved"};
    return finding;
}

model::Finding lacking(const model::Snapshot& snapshot, const std::string& interpreter,
                       const Starts& starts, const std::vector<std::string>& names)
{
    model::Finding finding{.code = "wrong-interpreter", .severity = model::Severity::warning};
    std::string list;
    for (const auto& name : names)
        list += (list.empty() ? "" : ", ") + name;
    finding.distribution = names.front();
    finding.summary = shown(starts) + " started with " + interpreter + ", which has no " + list +
                      "; " + snapshot.environment.path + " has";
    add_evidence(snapshot, starts, finding);
    const auto& first = *starts.front();
    finding.remedies = {"name the environment's Python there: " + snapshot.environment.executable};
    if (first.kind == model::ForeignStart::Kind::script) {
        finding.remedies.push_back("or start it by hand with: " + snapshot.environment.executable +
                                   " " + first.path);
    }
    return finding;
}

/// Commands of the environment's own `bin` that start with a Python elsewhere, which has the packages as well: what is installed
/// here they do not see, and pip installs there.
model::Finding elsewhere(const model::Snapshot& snapshot, const std::string& interpreter, const Starts& starts)
{
    model::Finding finding{.code = "wrong-interpreter", .severity = model::Severity::warning};
    finding.summary = shown(starts) + " started with " + interpreter + ", which is not this environment's Python: it was copied, and "
                      "they do not see what is installed here";
    add_evidence(snapshot, starts, finding);
    finding.remedies = {"start them as modules: " + snapshot.environment.executable + " -m pip …",
                        "or make the venv again where it lies: environments cannot be copied"};
    return finding;
}

bool any_is_installed(const model::Snapshot& snapshot)
{
    return std::ranges::any_of(snapshot.links, [](const model::LinkState& link) { return link.installed.has_value(); });
}

bool all_are_commands(const Starts& starts)
{
    return std::ranges::all_of(starts, [](const model::ForeignStart* start) {
        return start->kind == model::ForeignStart::Kind::command;
    });
}

} // namespace

model::Findings foreign_interpreter(const model::Snapshot& snapshot, const model::Chain&)
{
    model::Findings found;
    // Of an environment whose own Python is gone, everything else follows from that.
    if (!knows_extensions(snapshot)) return found;
    std::map<std::string, Starts> by_interpreter;
    for (const auto& start : snapshot.starts)
        by_interpreter[start.interpreter].push_back(&start);
    for (const auto& [interpreter, starts] : by_interpreter) {
        if (!starts.front()->exists) {
            found.push_back(gone(snapshot, interpreter, starts));
            continue;
        }
        const auto names = missed(snapshot, *starts.front());
        if (!names.empty()) {
            found.push_back(lacking(snapshot, interpreter, starts, names));
        } else if (all_are_commands(starts) && any_is_installed(snapshot)) {
            found.push_back(elsewhere(snapshot, interpreter, starts));
        }
    }
    return found;
}

} // namespace envfix::checks
