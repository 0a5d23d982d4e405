#include "checks/missing_environment.hpp"

#include "checks/facts.hpp"
#include "checks/requirements.hpp"
#include "pep/requirement.hpp"

#include <algorithm>
#include <optional>

namespace envfix::checks {

namespace {

constexpr std::size_t k_most_named = 3;
constexpr std::size_t k_most_evidence = 8;
constexpr std::size_t k_most_typed = 20; ///< requirements in a command that a person would type

struct Missing {
    std::string name;  ///< as a chain spells it, or the project; empty where the line names no package
    std::string shown; ///< the name, or what else tells a person what is meant
    std::string line;
};

/// Options that only say where packages come from.
bool asks_for_nothing(const std::string& line)
{
    const auto option = line.substr(0, line.find_first_of(" ="));
    const bool asks = option.starts_with("-r") || option.starts_with("-e") || option == "--requirement" || option == "--editable";
    return line.starts_with('-') && !asks;
}

/// The name that a line begins with, for those that are no requirement to us: poetry's, with a hash.
std::string leading_name(const std::string& line)
{
    constexpr auto* k_of_names = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    const auto end = line.find_first_not_of(k_of_names);
    const bool is_path = line.starts_with('-') || line.starts_with('.') || line.find('/') != std::string::npos;
    return is_path ? std::string{} : line.substr(0, end);
}

/// The version of a distribution that is installed; an empty one where it is there and its version is not known.
std::optional<std::string> installed_version(const model::Snapshot& snapshot, const std::string& name)
{
    const auto found = std::ranges::find(snapshot.distributions, normalized(name), &model::Distribution::normalized);
    if (found != snapshot.distributions.end()) return found->version;
    const auto* link = link_of(snapshot, name);
    return link != nullptr && is_present(*link) ? std::optional(std::string{}) : std::nullopt;
}

std::optional<Missing> missing_of(const model::Snapshot& snapshot, const pep::MarkerEnvironment& environment,
                                  const std::string& line)
{
    if (asks_for_nothing(line)) return std::nullopt;
    const auto requirement = pep::Requirement::parse(line);
    auto name = requirement ? requirement->name() : leading_name(line);
    if (requirement && (normalized(name) == "python" || !requirement->applies(environment).value_or(true))) return std::nullopt;
    const auto version = name.empty() ? std::nullopt : installed_version(snapshot, name);
    const bool fits = !requirement || !version || version->empty() || requirement->specifier().contains(*version, true, true);
    if (version && fits) return std::nullopt;
    if (const auto* link = link_of(snapshot, name); link != nullptr) name = link->distribution;
    auto shown = name.empty() ? '"' + line + '"' : version ? without_marker(line) : name;
    return Missing{.name = std::move(name), .shown = std::move(shown), .line = line};
}

/// "supabase, cffi and 2 more".
std::string named(const std::vector<Missing>& missing)
{
    std::string text;
    const auto shown = missing.size() <= k_most_named + 1 ? missing.size() : k_most_named;
    for (std::size_t i = 0; i < shown; ++i) {
        const bool last = i + 1 == missing.size();
        text += (i == 0 ? "" : last ? " and " : ", ") + missing[i].shown;
    }
    if (shown < missing.size()) text += " and " + std::to_string(missing.size() - shown) + " more";
    return text;
}

/// What a person would type instead.
std::string by_hand(const model::Snapshot& snapshot)
{
    const auto venv = snapshot.environment.path + "/.venv";
    const auto make = snapshot.interpreter.executable + " -m venv " + venv;
    std::string words;
    std::size_t count = 0;
    for (const auto& line : snapshot.requirements) {
        const auto requirement = pep::Requirement::parse(line);
        if (requirement && normalized(requirement->name()) == "python") continue;
        if (!requirement || ++count > k_most_typed) return make + ", then install into it what the project asks for";
        const bool plain = line.find_first_of("<>;[] ()!'\"*~@") == std::string::npos;
        const bool quotable = line.find('\'') == std::string::npos;
        words += ' ' + (plain ? line : quotable ? "'" + line + "'" : '"' + line + '"');
    }
    return make + " && " + venv + "/bin/python -m pip install" + words;
}

} // namespace

model::Findings missing_environment(const model::Snapshot& snapshot, const model::Chain&)
{
    if (snapshot.environment.kind != model::EnvironmentKind::project) return {};
    if (!knows_extensions(snapshot) || !knows_what_is_absent(snapshot)) return {};
    const auto environment = marker_environment(snapshot.interpreter);
    std::vector<Missing> missing;
    for (const auto& line : snapshot.requirements) {
        auto each = missing_of(snapshot, environment, line);
        if (!each) continue;
        const bool known = !each->name.empty() && std::ranges::find(missing, each->name, &Missing::name) != missing.end();
        if (!known) missing.push_back(*std::move(each));
    }
    if (missing.empty()) return {};
    const auto in_chain = [&](const Missing& each) { return link_of(snapshot, each.name) != nullptr; };
    std::ranges::stable_partition(missing, in_chain);

    model::Finding finding{.code = "package-not-installed",
                           .severity = model::Severity::warning,
                           .distribution = missing.front().name,
                           .summary = "the project has no environment, and " + python_name(snapshot.interpreter) +
                                      " does not have what it asks for: " + named(missing)};
    for (const auto& each : missing) {
        if (finding.evidence.size() == k_most_evidence) break;
        finding.evidence.push_back({.path = {},
                                    .owner = "the project",
                                    .expected = each.line,
                                    .actual = "not installed for " + snapshot.interpreter.executable});
    }
    finding.remedies = {by_hand(snapshot)};
    return {finding};
}

} // namespace envfix::checks
