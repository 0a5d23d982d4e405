#include "checks/version_facts.hpp"

#include "checks/facts.hpp"
#include "checks/requirements.hpp"
#include "pep/specifier_set.hpp"

#include <algorithm>
#include <set>

namespace envfix::checks {

namespace {

bool holds(const std::string& versions, const std::string& version)
{
    if (versions.empty()) return true;
    const auto set = pep::SpecifierSet::parse(versions);
    return set && set->contains(version, true);
}

/// What the metadata of `with` asks of `distribution` and does not get; empty where it is content or asks for nothing.
std::string unmet(const std::vector<Requirement>& requirements, const model::Distribution& distribution,
                  const model::Distribution& with)
{
    const auto found = std::ranges::find_if(requirements, [&](const Requirement& requirement) {
        return requirement.wanting == &with && requirement.met_by == &distribution && !requirement.version_fits;
    });
    return found == requirements.end() ? std::string{} : found->text;
}

} // namespace

const model::Distribution* versioned(const model::Snapshot& snapshot, std::string_view name)
{
    const auto wanted = normalized(name);
    const auto found = std::ranges::find(snapshot.distributions, wanted, &model::Distribution::normalized);
    return found == snapshot.distributions.end() || found->version.empty() ? nullptr : &*found;
}

bool is_packaged(const model::Distribution& distribution)
{
    constexpr std::string_view k_system = "/usr/lib"; // and /usr/lib64; people's own are in /usr/local or elsewhere
    return distribution.installer == "debian" || distribution.installer == "rpm" ||
           distribution.location.starts_with(k_system);
}

std::string titled(const model::Distribution& distribution)
{
    return distribution.version.empty() ? distribution.name : distribution.name + " " + distribution.version;
}

std::string chain_name(const model::Snapshot& snapshot, const model::Distribution& distribution)
{
    const auto* link = link_of(snapshot, distribution.normalized);
    return link == nullptr ? distribution.name : link->distribution;
}

const model::ChainConflict* rule_about(const model::Chain& chain, std::string_view one, std::string_view other)
{
    const auto left = normalized(one);
    const auto right = normalized(other);
    const auto found = std::ranges::find_if(chain.conflicts, [&](const model::ChainConflict& rule) {
        const auto distribution = normalized(rule.distribution);
        const auto with = normalized(rule.with);
        return (distribution == left && with == right) || (distribution == right && with == left);
    });
    return found == chain.conflicts.end() ? nullptr : &*found;
}

std::vector<Conflict> conflicts_here(const model::Snapshot& snapshot, const model::Chain& chain)
{
    std::vector<Conflict> found;
    for (const auto& rule : chain.conflicts) {
        const auto* distribution = versioned(snapshot, rule.distribution);
        if (distribution == nullptr || !concerns(snapshot, chain, rule.chain)) continue;
        if (!holds(rule.versions, distribution->version)) continue;
        if (rule.with == model::k_python) {
            const auto& python = snapshot.interpreter.version;
            const bool known = snapshot.interpreter.implementation == "cpython" && !python.empty();
            if (known && holds(rule.with_versions, python)) found.push_back({&rule, distribution, nullptr, {}});
            continue;
        }
        const auto* with = versioned(snapshot, rule.with);
        if (with == nullptr || !holds(rule.with_versions, with->version)) continue;
        Conflict conflict{&rule, distribution, with, {}};
        if (rule.versions.empty()) {
            conflict.wanted = unmet(requirements_of(snapshot, {with->normalized}), *distribution, *with);
            if (conflict.wanted.empty()) continue;
        }
        found.push_back(std::move(conflict));
    }
    return found;
}

std::vector<std::string> requirement_roots(const model::Snapshot& snapshot)
{
    std::vector<std::string> roots;
    for (const auto& link : snapshot.links) {
        if (link.installed) roots.push_back(normalized(link.distribution));
    }
    return roots;
}

std::string upgrade_command(const model::Snapshot& snapshot, const std::vector<std::string>& names)
{
    std::set<std::string> listed;
    std::string command = snapshot.interpreter.executable + " -m pip install --upgrade";
    const auto add = [&](const std::string& name) {
        if (listed.insert(normalized(name)).second) command += " " + name;
    };
    const auto top = std::ranges::find_if(snapshot.links.rbegin(), snapshot.links.rend(),
                                          [](const model::LinkState& link) { return link.installed.has_value(); });
    if (top != snapshot.links.rend()) {
        for (const auto& requirement : requirements_of(snapshot, {normalized(top->distribution)})) {
            const bool brought = link_of(snapshot, requirement.name) == nullptr &&
                                 std::ranges::any_of(names, [&](const std::string& name) {
                                     return normalized(name) == requirement.name;
                                 });
            if (brought) add(top->distribution);
        }
    }
    for (const auto& name : names) add(name);
    return command;
}

} // namespace envfix::checks
