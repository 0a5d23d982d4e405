#include "engine/queue.hpp"

#include <algorithm>
#include <tuple>

namespace envfix::engine {

void Queue::request(const std::string& environment, Urgency urgency)
{
    const auto [at, is_new] =
        m_waiting.try_emplace(environment, Request{.urgency = urgency, .since = m_requests});
    if (is_new) ++m_requests;
    at->second.urgency = std::min(at->second.urgency, urgency);
}

std::optional<std::string> Queue::next()
{
    constexpr int k_most_in_a_row = 4;
    const bool is_turn_of_oldest = m_in_a_row >= k_most_in_a_row;
    auto best = m_waiting.end();
    auto oldest = m_waiting.end();
    for (auto at = m_waiting.begin(); at != m_waiting.end(); ++at) {
        if (m_judging.contains(at->first) || m_fixing.contains(at->first)) continue;
        const auto pressing = [](const auto& entry) {
            return std::tuple(entry->second.urgency, entry->second.since);
        };
        if (best == m_waiting.end() || pressing(at) < pressing(best)) best = at;
        if (oldest == m_waiting.end() || at->second.since < oldest->second.since) oldest = at;
    }
    if (best == m_waiting.end()) return std::nullopt;
    const auto chosen = is_turn_of_oldest ? oldest : best;
    m_in_a_row = chosen == oldest ? 0 : m_in_a_row + 1;
    auto environment = chosen->first;
    m_waiting.erase(chosen);
    m_judging.insert(environment);
    return environment;
}

void Queue::judged(std::string_view environment)
{
    if (const auto at = m_judging.find(environment); at != m_judging.end()) m_judging.erase(at);
}

bool Queue::begin_fix(const std::string& environment)
{
    if (m_fixing.size() >= m_most_fixes || m_judging.contains(environment)) return false;
    return m_fixing.insert(environment).second;
}

void Queue::end_fix(std::string_view environment)
{
    if (const auto at = m_fixing.find(environment); at != m_fixing.end()) m_fixing.erase(at);
}

void Queue::forget(std::string_view environment)
{
    if (const auto at = m_waiting.find(environment); at != m_waiting.end()) m_waiting.erase(at);
}

bool Queue::is_fixing(std::string_view environment) const
{
    return m_fixing.contains(environment);
}

} // namespace envfix::engine
