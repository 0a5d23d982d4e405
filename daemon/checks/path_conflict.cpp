#include "checks/path_conflict.hpp"

#include "checks/facts.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace envfix::checks {

namespace {

constexpr std::size_t k_most_evidence = 8;

bool is_on_path(const model::Snapshot& snapshot, const std::string& folder)
{
    return std::ranges::find(snapshot.sys_path, folder, &model::PathEntry::path) !=
           snapshot.sys_path.end();
}

std::string place_of(const model::PathSetting& setting)
{
    if (setting.line == 0) return setting.declared_by;
    return setting.declared_by + ":" + std::to_string(setting.line);
}

std::string joined(const std::vector<std::string>& entries)
{
    std::string text;
    for (const auto& entry : entries) {
        if (!text.empty()) text += ':';
        text += entry;
    }
    return text;
}

bool is_needed(const model::Snapshot& snapshot, const std::string& library)
{
    for (const auto& link : snapshot.links) {
        for (const auto& module : link.extensions) {
            if (module.binary &&
                std::ranges::find(module.binary->needed, library) != module.binary->needed.end())
                return true;
        }
    }
    return false;
}

/// What of an offer the environment's programs would take in place of their own.
bool counts(const model::Snapshot& snapshot, const model::PathSetting& setting,
            const model::PathOffer& offer)
{
    if (setting.variable == "PYTHONPATH") return !is_on_path(snapshot, offer.entry);
    return is_needed(snapshot, offer.name);
}

std::string remedy_for(const model::PathSetting& setting)
{
    if (setting.line == 0)
        return "unset " + setting.variable + " in the session: env -u " + setting.variable +
               " COMMAND";
    return "remove " + setting.variable + " from line " + std::to_string(setting.line) + " of " +
           setting.declared_by;
}

void judge_setting(const model::Snapshot& snapshot, const model::PathSetting& setting,
                   model::Findings& found)
{
    model::Finding finding{.code = "pythonpath-conflict",
                           .severity = setting.breaks.empty() ? model::Severity::warning
                                                              : model::Severity::error};
    std::string brings;
    for (const auto& offer : setting.offers) {
        if (!counts(snapshot, setting, offer)) continue;
        if (brings.empty()) {
            brings = offer.name + " from " + offer.entry;
        }
        if (finding.evidence.size() == k_most_evidence) break;
        finding.evidence.push_back({.path = offer.path,
                                    .owner = place_of(setting),
                                    .expected = "the environment's own " + offer.name,
                                    .actual = setting.variable + " brings it in front"});
    }
    if (setting.variable == "PYTHONHOME") {
        brings = "another prefix: " + joined(setting.entries);
        finding.evidence.push_back({.path = setting.declared_by,
                                    .owner = place_of(setting),
                                    .expected = snapshot.interpreter.base_prefix,
                                    .actual = joined(setting.entries)});
    }
    if (finding.evidence.empty()) return;
    finding.summary = setting.variable + ", set by " + place_of(setting) + ", brings in " + brings;
    if (!setting.breaks.empty()) finding.summary += "; under it " + setting.breaks.front();
    for (const auto& reason : setting.breaks) {
        if (finding.evidence.size() < k_most_evidence) {
            finding.evidence.push_back({.path = setting.declared_by,
                                        .owner = place_of(setting),
                                        .expected = "a chain that imports",
                                        .actual = reason});
        }
    }
    finding.remedies = {remedy_for(setting)};
    found.push_back(std::move(finding));
}

/// "3.9" out of ".../lib/python3.9/site-packages"; empty where a path names no version.
std::string_view version_in(std::string_view path)
{
    constexpr std::string_view k_python = "/lib/python3.";
    const auto at = path.find(k_python);
    if (at == path.npos) return {};
    const auto from = at + k_python.size() - 2;
    const auto end = path.find_first_not_of("0123456789", from + 2);
    const bool is_site = path.ends_with("/site-packages") || path.ends_with("/dist-packages");
    return is_site && end != path.npos && end > from + 2 ? path.substr(from, end - from)
                                                         : std::string_view{};
}

/// A line of a .pth file that lets another Python's packages in.
void judge_pth(const model::Snapshot& snapshot, model::Findings& found)
{
    const auto own = std::to_string(snapshot.interpreter.major) + "." +
                     std::to_string(snapshot.interpreter.minor);
    for (const auto& entry : snapshot.sys_path) {
        if (entry.origin != model::PathOrigin::pth || !entry.exists) continue;
        const auto version = version_in(entry.path);
        if (version.empty() || version == own) continue;
        for (const auto& link : snapshot.links) {
            for (const auto* modules : {&link.imports, &link.extensions}) {
                const auto taken =
                    std::ranges::find(*modules, entry.path, &model::ModuleFile::location);
                if (taken == modules->end()) continue;
                found.push_back(
                    {.code = "pythonpath-conflict",
                     .severity = model::Severity::warning,
                     .distribution = link.distribution,
                     .summary = entry.declared_by + " brings in the packages of Python " +
                                std::string(version) + " from " + entry.path + ", and " +
                                taken->module + " is taken from there",
                     .evidence = {{.path = taken->path,
                                   .owner = entry.declared_by,
                                   .expected = "packages for " + python_name(snapshot.interpreter),
                                   .actual = "packages of Python " + std::string(version)}},
                     .remedies = {"remove the line " + entry.path + " from " + entry.declared_by,
                                  install_command(snapshot, link.distribution)}});
                break;
            }
        }
    }
}

/// Lines that Python executes at its start and that speak of the path: what they do to it is not
/// known.
void tell_executed(const model::Snapshot& snapshot, model::Findings& found)
{
    model::Finding finding{.code = "pythonpath-conflict", .severity = model::Severity::info};
    for (const auto& line : snapshot.executed) {
        const bool speaks_of_path = line.line == 0 ||
                                    line.text.find("sys.path") != line.text.npos ||
                                    line.text.find("addsitedir") != line.text.npos;
        if (!speaks_of_path || finding.evidence.size() == k_most_evidence) continue;
        finding.evidence.push_back(
            {.path = line.file,
             .owner = line.line == 0 ? line.file : line.file + ":" + std::to_string(line.line),
             .expected = "a path that lies on disk",
             .actual = line.text});
    }
    if (finding.evidence.empty()) return;
    finding.summary =
        finding.evidence.front().owner +
        " runs code at every start of Python that may change sys.path; what it adds was not judged";
    finding.remedies = {"see what python -c \"import sys; print(*sys.path, sep='\\n')\" says; "
                        "remove the line if nothing needs it"};
    found.push_back(std::move(finding));
}

} // namespace

model::Findings path_conflict(const model::Snapshot& snapshot, const model::Chain&)
{
    model::Findings found;
    if (!knows_extensions(snapshot)) return found;
    const bool has_chain = std::ranges::any_of(snapshot.links, is_present);
    if (has_chain) {
        for (const auto& setting : snapshot.path_settings)
            judge_setting(snapshot, setting, found);
        judge_pth(snapshot, found);
    }
    tell_executed(snapshot, found);
    return found;
}

} // namespace envfix::checks
