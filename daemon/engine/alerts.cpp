#include "engine/alerts.hpp"

#include <algorithm>
#include <utility>

namespace envfix::engine {

bool Alerts::is_news(const Problem& problem) const
{
    const auto told = m_told.find(problem.environment);
    if (told == m_told.end()) return true;
    if (!problem.plan.empty() && !told->second.plan) return true;
    return !std::ranges::includes(told->second.codes, problem.codes);
}

void Alerts::wrong(Problem problem, TimePoint now)
{
    if (const auto told = m_told.find(problem.environment); told != m_told.end()) {
        std::erase_if(told->second.codes, [&](const std::string& code) { return !problem.codes.contains(code); });
        if (told->second.codes.empty()) m_told.erase(told);
    }
    const bool news = is_news(problem);
    const auto id = problem.environment;
    auto& trouble = m_troubles[id];
    if (!news) {
        trouble.due.reset();
    } else {
        if (!trouble.due) trouble.due = now + m_pace.gather;
        expect(*trouble.due);
    }
    update(trouble, std::move(problem), now);
}

void Alerts::wrong_for_now(Problem problem, TimePoint now)
{
    const auto trouble = m_troubles.find(problem.environment);
    if (trouble == m_troubles.end()) return;
    if (trouble->second.due) expect(*trouble->second.due);
    update(trouble->second, std::move(problem), now);
}

void Alerts::update(Trouble& trouble, Problem problem, TimePoint now)
{
    const bool is_open = m_singles.contains(problem.environment) || m_summary.contains(problem.environment);
    const bool differs = trouble.unclear || trouble.problem != problem;
    if (is_open && differs && !m_refresh) m_refresh = now + m_pace.refresh;
    trouble.problem = std::move(problem);
    trouble.unclear = false;
}

void Alerts::well(const std::string& environment, TimePoint now)
{
    m_troubles.erase(environment);
    m_told.erase(environment);
    const bool is_open = m_singles.contains(environment) || m_summary.contains(environment);
    if (is_open && !m_refresh) m_refresh = now + m_pace.refresh;
}

void Alerts::unclear(const std::string& environment)
{
    const auto trouble = m_troubles.find(environment);
    if (trouble != m_troubles.end()) trouble->second.unclear = true;
}

void Alerts::expect(TimePoint when)
{
    if (!m_soonest || when < *m_soonest) m_soonest = when;
}

void Alerts::keep_only(const std::set<std::string>& environments)
{
    std::erase_if(m_told, [&](const auto& entry) { return !environments.contains(entry.first); });
}

void Alerts::listen(bool somebody, TimePoint now)
{
    m_somebody = somebody;
    m_singles.clear();
    m_summary.clear();
    m_summary_is_old = false;
    m_refresh.reset();
    for (auto& [id, trouble] : m_troubles) {
        if (!trouble.due) continue;
        trouble.due = std::max(*trouble.due, now); // what waited long comes together
        expect(*trouble.due);
    }
}

void Alerts::dismissed(const std::string& key)
{
    if (key == k_summary) {
        m_summary.clear();
        m_summary_is_old = false;
    } else {
        m_singles.erase(key);
    }
}

std::optional<Alerts::TimePoint> Alerts::next_deadline() const
{
    if (!m_somebody) return std::nullopt;
    if (!m_refresh || !m_soonest) return m_refresh ? m_refresh : m_soonest;
    return std::min(*m_refresh, *m_soonest);
}

std::vector<Alert> Alerts::take_due(TimePoint now)
{
    std::vector<Alert> alerts;
    const auto due = next_deadline();
    if (!due || *due > now) return alerts;
    if (m_soonest && *m_soonest <= now) {
        m_soonest = soonest();
        if (m_soonest && *m_soonest <= now) {
            m_soonest.reset();
            tell_news(take_news(), now, alerts);
        }
    }
    if (m_refresh && *m_refresh <= now) {
        m_refresh.reset();
        follow_changes(alerts);
    }
    refresh_summary(alerts);
    return alerts;
}

std::optional<Alerts::TimePoint> Alerts::soonest() const
{
    std::optional<TimePoint> first;
    for (const auto& [id, trouble] : m_troubles) {
        if (trouble.due && !trouble.unclear && (!first || *trouble.due < *first)) first = trouble.due;
    }
    return first;
}

/// All that is news, also what could still wait: one message is better than two.
std::vector<std::string> Alerts::take_news()
{
    std::vector<std::string> news;
    for (auto& [id, trouble] : m_troubles) {
        if (!trouble.due || trouble.unclear) continue;
        trouble.due.reset();
        news.push_back(id);
    }
    return news;
}

void Alerts::tell_news(const std::vector<std::string>& news, TimePoint now, std::vector<Alert>& alerts)
{
    while (!m_recent.empty() && now - m_recent.front() >= m_pace.per) m_recent.pop_front();
    std::vector<std::string> alone;
    for (const auto& id : news) {
        if (m_summary.contains(id)) {
            m_summary_is_old = true; // it was told there, and is told on there
        } else {
            alone.push_back(id);
        }
    }
    const auto begun = std::ranges::count_if(alone, [this](const std::string& id) { return !m_singles.contains(id); });
    const bool too_many = m_recent.size() + static_cast<std::size_t>(begun) > m_pace.singles;
    for (const auto& id : alone) {
        const auto& problem = m_troubles[id].problem;
        const bool is_open = m_singles.contains(id);
        if (too_many && !is_open) {
            m_summary[id] = problem;
            m_summary_is_old = true;
            continue;
        }
        if (!is_open) m_recent.push_back(now);
        m_singles[id] = problem;
        mark_told(problem);
        alerts.emplace_back(Tell{.key = id, .problems = {problem}});
    }
}

/// Messages that stand there follow what they are about.
void Alerts::follow_changes(std::vector<Alert>& alerts)
{
    std::vector<std::string> solved;
    for (auto& [id, shown] : m_singles) {
        const auto trouble = m_troubles.find(id);
        if (trouble == m_troubles.end()) {
            solved.push_back(id);
        } else if (!trouble->second.unclear && !trouble->second.due && trouble->second.problem != shown) {
            shown = trouble->second.problem;
            mark_told(shown);
            alerts.emplace_back(Tell{.key = id, .problems = {shown}});
        }
    }
    for (const auto& id : solved) {
        m_singles.erase(id);
        alerts.emplace_back(Withdraw{.key = id});
    }
    for (const auto& [id, shown] : m_summary) {
        const auto trouble = m_troubles.find(id);
        if (trouble == m_troubles.end() || trouble->second.problem != shown) m_summary_is_old = true;
    }
}

void Alerts::refresh_summary(std::vector<Alert>& alerts)
{
    if (!std::exchange(m_summary_is_old, false)) return;
    std::map<std::string, Problem> now;
    for (const auto& [id, shown] : m_summary) {
        const auto trouble = m_troubles.find(id);
        if (trouble != m_troubles.end()) now.emplace(id, trouble->second.problem);
    }
    m_summary = std::move(now);
    if (m_summary.empty()) {
        alerts.emplace_back(Withdraw{.key = k_summary});
        return;
    }
    Tell tell{.key = k_summary, .problems = {}};
    for (const auto& [id, problem] : m_summary) {
        mark_told(problem);
        tell.problems.push_back(problem);
    }
    std::ranges::sort(tell.problems, {}, &Problem::path);
    alerts.emplace_back(std::move(tell));
}

void Alerts::mark_told(const Problem& problem)
{
    auto& told = m_told[problem.environment];
    const bool another = !std::ranges::includes(told.codes, problem.codes); // whose plan was told of nobody
    told = {.codes = problem.codes, .plan = !problem.plan.empty() || (told.plan && !another)};
}

std::vector<std::string> Alerts::open() const
{
    std::vector<std::string> keys;
    if (!m_summary.empty()) keys.emplace_back(k_summary);
    for (const auto& [id, shown] : m_singles) keys.push_back(id);
    return keys;
}

} // namespace envfix::engine
