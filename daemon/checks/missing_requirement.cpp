#include "checks/missing_requirement.hpp"

#include "checks/facts.hpp"
#include "checks/requirements.hpp"
#include "pep/version.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace envfix::checks {

namespace {

struct Missing {
    std::string name;        ///< as somebody spells it
    std::string requirement; ///< what a person would hand to pip
    std::vector<model::Evidence> evidence;
};

/// A link whose modules are there although its metadata is gone: another check tells of that.
bool is_there_without_metadata(const model::Snapshot& snapshot, const std::string& name)
{
    const auto* link = link_of(snapshot, name);
    return link != nullptr && is_present(*link);
}

bool edge_holds(const model::ChainEdge& edge, const model::LinkState& needing)
{
    if (edge.since.empty()) return true;
    if (!needing.installed) return false;
    const auto have = pep::Version::try_parse(needing.installed->version);
    const auto from = pep::Version::try_parse(edge.since);
    return have && from && *have >= *from;
}

class Collector {
public:
    explicit Collector(const model::Snapshot& snapshot) : m_snapshot(snapshot) {}

    void add(const std::string& name, const std::string& requirement, const std::string& wanted_by)
    {
        const auto key = normalized(name);
        if (is_there_without_metadata(m_snapshot, key)) return;
        auto& missing = m_missing[key];
        if (missing.name.empty()) {
            const auto* link = link_of(m_snapshot, key);
            missing.name = link != nullptr ? link->distribution : name;
            missing.requirement = without_marker(requirement);
            m_order.push_back(key);
        }
        const bool known = std::ranges::find(missing.evidence, wanted_by, &model::Evidence::owner) != missing.evidence.end();
        if (known) return;
        missing.evidence.push_back({.path = {}, .owner = wanted_by, .expected = requirement, .actual = "not on sys.path"});
    }

    [[nodiscard]] model::Findings findings() const
    {
        model::Findings found;
        for (const auto& key : m_order) {
            const auto& missing = m_missing.at(key);
            const auto& first = missing.evidence.front();
            found.push_back({.code = "package-not-installed",
                             .severity = model::Severity::error,
                             .distribution = missing.name,
                             .summary = missing.name + " is not installed for " + python_name(m_snapshot.interpreter) +
                                        ", but " + first.owner + " requires it",
                             .evidence = missing.evidence,
                             .remedies = {install_command(m_snapshot, missing.requirement)}});
        }
        return found;
    }

private:
    const model::Snapshot& m_snapshot;
    std::map<std::string, Missing> m_missing;
    std::vector<std::string> m_order;
};

} // namespace

model::Findings missing_requirement(const model::Snapshot& snapshot, const model::Chain& chain)
{
    if (!knows_extensions(snapshot) || !knows_what_is_absent(snapshot)) return {}; // without an interpreter there is no path to miss it on
    Collector collector(snapshot);
    std::vector<std::string> roots;
    for (std::size_t i = 0; i < chain.links.size() && i < snapshot.links.size(); ++i) {
        const auto& link = snapshot.links[i];
        if (link.installed) roots.push_back(normalized(link.distribution));
        const bool replaced = !link.impostors.empty(); // wrong-distribution tells of that
        if (!link.project_requirement.empty() && !link.installed && !replaced) {
            collector.add(link.distribution, link.project_requirement, "the project");
        }
    }
    for (const auto& requirement : requirements_of(snapshot, roots)) {
        if (requirement.met_by != nullptr) continue;
        const auto* link = link_of(snapshot, requirement.name);
        if (link != nullptr && !link->impostors.empty()) continue;
        collector.add(requirement.name, requirement.text, requirement.wanted_by);
    }
    for (std::size_t i = 0; i < chain.links.size() && i < snapshot.links.size(); ++i) {
        if (!is_present(snapshot.links[i])) continue;
        for (const auto& edge : chain.links[i].needs) {
            const auto* needed = link_of(snapshot, edge.distribution);
            // Where one compiled module is what is needed, its own check says so.
            const bool compiled = needed != nullptr && std::ranges::find(needed->extensions, edge.module,
                                                                         &model::ModuleFile::module) != needed->extensions.end();
            if (needed == nullptr || compiled || is_present(*needed) || !needed->impostors.empty()) continue;
            if (edge_holds(edge, snapshot.links[i])) collector.add(edge.distribution, edge.distribution, titled(snapshot.links[i]));
        }
    }
    return collector.findings();
}

} // namespace envfix::checks
