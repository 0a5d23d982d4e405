#include "service/catalogue.hpp"

#include "report/text.hpp"

#include <algorithm>
#include <tuple>

namespace envfix::service {

namespace {

std::string told(const Hold& hold)
{
    const auto until = hold.until_s == 0 ? std::string{"until it is released"} : "until " + report::utc_text(hold.until_s);
    return until + (hold.reason.empty() ? "" : ": " + hold.reason);
}

} // namespace

Known* Catalogue::find(const std::string& id)
{
    const auto found = m_known.find(id);
    return found == m_known.end() ? nullptr : &found->second;
}

const Known* Catalogue::find(const std::string& id) const
{
    const auto found = m_known.find(id);
    return found == m_known.end() ? nullptr : &found->second;
}

bool Catalogue::add(const model::Environment& environment)
{
    const auto [place, is_new] = m_known.try_emplace(environment.id);
    place->second.environment = environment;
    return is_new;
}

void Catalogue::remove(const std::string& id)
{
    m_known.erase(id);
}

Result<std::string> Catalogue::resolve(std::string_view text, const std::vector<model::Environment>& more) const
{
    auto environments = more;
    environments.reserve(more.size() + m_known.size());
    for (const auto& [id, known] : m_known) environments.push_back(known.environment);
    ENVFIX_TRY(const auto index, bus::resolve_environment(environments, text, m_exists));
    return environments[index].id;
}

model::EnvironmentReport Catalogue::shown(const Known& known, bool waiting) const
{
    auto report = known.report;
    if (!known.judged) {
        report.id = known.environment.id;
        report.path = known.environment.path;
        report.kind = known.environment.kind;
        report.state = model::EnvironmentState::unverifiable;
        report.state_reason = "not looked at yet";
        return report;
    }
    if (known.hold) report.hold = told(*known.hold);
    const bool well = report.state == model::EnvironmentState::healthy;
    if (!known.run.empty()) {
        report.state = model::EnvironmentState::fixing;
        report.state_reason = "run " + known.run + " is at work";
    } else if (known.quarantine && !well) {
        report.state = model::EnvironmentState::quarantined;
        report.state_reason = *known.quarantine;
    } else if (waiting && !well) {
        report.state = model::EnvironmentState::awaiting_approval;
        report.state_reason = "a plan waits for approval";
    }
    return report;
}

std::vector<std::string> Catalogue::by_path() const
{
    std::vector<const Known*> sorted;
    sorted.reserve(m_known.size());
    for (const auto& [id, known] : m_known) sorted.push_back(&known);
    std::ranges::sort(sorted, {}, [](const Known* known) {
        return std::tie(known->environment.path, known->environment.id);
    });
    std::vector<std::string> ids;
    ids.reserve(sorted.size());
    for (const auto* known : sorted) ids.push_back(known->environment.id);
    return ids;
}

} // namespace envfix::service
