#include "remedy/wanted.hpp"

#include "checks/requirements.hpp"
#include "pep/name.hpp"
#include "pep/requirement.hpp"
#include "pep/specifier_set.hpp"
#include "remedy/pip.hpp"

#include <set>
#include <vector>

namespace envfix::remedy {

Result<Wanted> parse_wanted(std::string_view text)
{
    const auto requirement = pep::Requirement::parse(text);
    if (!requirement) return fail(requirement.error());
    if (requirement->url() || requirement->marker() || !is_package_name(requirement->name())) {
        return fail(ErrorCode::malformed, "not a name and specifiers: " + std::string(text));
    }
    Wanted wanted{.name = requirement->name(), .specifier = requirement->specifier().to_string()};
    for (const auto& extra : requirement->extras())
        wanted.extras += (wanted.extras.empty() ? "" : ",") + extra;
    return wanted;
}

std::string install_requirement(const Wanted& wanted, const model::Snapshot& snapshot)
{
    std::vector<std::string> roots;
    for (const auto& distribution : snapshot.distributions) {
        roots.push_back(distribution.normalized);
    }
    const auto name = pep::normalize_name(wanted.name);
    std::set<std::string> clauses;
    const auto add = [&clauses](const pep::SpecifierSet& set) {
        for (const auto& clause : set.clauses()) {
            clauses.insert(clause.to_string());
        }
    };
    if (const auto own = pep::SpecifierSet::parse(wanted.specifier)) add(*own);
    for (const auto& asked : checks::requirements_of(snapshot, roots)) {
        if (asked.name != name) continue;
        if (const auto requirement = pep::Requirement::parse(asked.text))
            add(requirement->specifier());
    }
    for (const auto& link : snapshot.links) {
        const auto requirement = pep::Requirement::parse(link.project_requirement);
        if (requirement && pep::normalize_name(requirement->name()) == name)
            add(requirement->specifier());
    }
    std::string text = wanted.name;
    for (const auto& clause : clauses) {
        text += (text.size() == wanted.name.size() ? "" : ",") + clause;
    }
    return text;
}

} // namespace envfix::remedy
