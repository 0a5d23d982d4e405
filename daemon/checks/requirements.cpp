#include "checks/requirements.hpp"

#include "checks/facts.hpp"
#include "pep/requirement.hpp"

#include <algorithm>
#include <deque>
#include <set>
#include <unordered_map>
#include <utility>

namespace envfix::checks {

namespace {

/// A distribution with the extra of it that somebody asked for; "" for none.
using Asked = std::pair<std::string, std::string>;

class Walk {
public:
    explicit Walk(const model::Snapshot& snapshot) : m_environment(marker_environment(snapshot.interpreter))
    {
        for (const auto& distribution : snapshot.distributions) {
            m_installed.try_emplace(distribution.normalized, &distribution); // the first on the path is the one that counts
        }
    }

    void ask(const std::string& name, const std::string& extra)
    {
        if (m_seen.emplace(name, extra).second) m_queue.emplace_back(name, extra);
    }

    std::vector<Requirement> run()
    {
        while (!m_queue.empty()) {
            const auto asked = m_queue.front();
            m_queue.pop_front();
            const auto found = m_installed.find(asked.first);
            if (found != m_installed.end()) visit(*found->second, asked.second);
        }
        return std::move(m_requirements);
    }

private:
    void visit(const model::Distribution& distribution, const std::string& extra)
    {
        for (const auto& text : distribution.requires_dist) {
            const auto parsed = pep::Requirement::parse(text);
            if (!parsed || !applies(*parsed, extra)) continue;
            add(distribution, text, *parsed);
        }
    }

    /// With an extra only what that extra adds: the rest was added when the distribution was asked for without one.
    bool applies(const pep::Requirement& requirement, const std::string& extra)
    {
        const auto& marker = requirement.marker();
        if (!marker) return extra.empty();
        m_environment.extra = extra;
        if (!marker->evaluate(m_environment).value_or(false)) return false;
        if (extra.empty()) return true;
        m_environment.extra = "";
        return !marker->evaluate(m_environment).value_or(false);
    }

    void add(const model::Distribution& distribution, const std::string& text, const pep::Requirement& requirement)
    {
        Requirement found{.wanting = &distribution,
                          .wanted_by = distribution.name + " " + distribution.version,
                          .text = text,
                          .name = normalized(requirement.name())};
        const auto met = m_installed.find(found.name);
        if (met != m_installed.end()) {
            found.met_by = met->second;
            found.version_fits =
                met->second->version.empty() || requirement.specifier().contains(met->second->version, true);
        }
        ask(found.name, "");
        for (const auto& extra : requirement.normalized_extras()) ask(found.name, extra);
        m_requirements.push_back(std::move(found));
    }

    std::unordered_map<std::string, const model::Distribution*> m_installed;
    pep::MarkerEnvironment m_environment;
    std::set<Asked> m_seen;
    std::deque<Asked> m_queue;
    std::vector<Requirement> m_requirements;
};

std::string machine_of(const model::Interpreter& interpreter)
{
    const auto dash = interpreter.platform.find('-');
    return dash == std::string::npos ? std::string{} : interpreter.platform.substr(dash + 1);
}

} // namespace

std::string without_marker(const std::string& requirement)
{
    auto text = requirement.substr(0, requirement.find(';'));
    while (!text.empty() && text.back() == ' ') text.pop_back();
    return text;
}

pep::MarkerEnvironment marker_environment(const model::Interpreter& interpreter)
{
    const bool pypy = interpreter.implementation == "pypy";
    return {.implementation_name = interpreter.implementation,
            .implementation_version = interpreter.version,
            .os_name = "posix",
            .platform_machine = machine_of(interpreter),
            .platform_python_implementation = pypy ? "PyPy" : "CPython",
            .platform_release = {},
            .platform_system = "Linux",
            .platform_version = {},
            .python_full_version = interpreter.version,
            .python_version = std::to_string(interpreter.major) + "." + std::to_string(interpreter.minor),
            .sys_platform = "linux"};
}

std::vector<Requirement> requirements_of(const model::Snapshot& snapshot, const std::vector<std::string>& roots)
{
    Walk walk(snapshot);
    for (const auto& root : roots) walk.ask(root, "");
    return walk.run();
}

} // namespace envfix::checks
