#include "accounts/roster.hpp"

#include <algorithm>

namespace envfix::accounts {

void Roster::want(const std::set<std::uint32_t>& uids, TimePoint now)
{
    for (auto at = m_workers.begin(); at != m_workers.end();) {
        if (uids.contains(at->first)) {
            ++at;
            continue;
        }
        if (at->second.state != State::pausing) m_to_stop.insert(at->first);
        at = m_workers.erase(at);
    }
    for (const auto uid : uids) {
        m_to_stop.erase(uid);
        auto& worker = m_workers.try_emplace(uid).first->second;
        if (worker.state != State::pausing) continue;
        worker.since = now;
        worker.pause = k_first_pause;
    }
}

std::vector<Roster::Action> Roster::due(TimePoint now)
{
    std::vector<Action> actions;
    for (const auto uid : m_to_stop) actions.push_back({.act = Act::stop, .uid = uid});
    m_to_stop.clear();
    for (auto& [uid, worker] : m_workers) {
        if (worker.state == State::starting && worker.since <= now) {
            lost(uid, "its worker was started and did not report", now);
        } else if (worker.state == State::pausing && worker.since <= now) {
            worker.state = State::starting;
            worker.since = now + k_reports_within;
            actions.push_back({.act = Act::start, .uid = uid});
        }
    }
    return actions;
}

std::optional<Roster::TimePoint> Roster::next() const
{
    std::optional<TimePoint> first;
    for (const auto& [uid, worker] : m_workers) {
        if (worker.state == State::working) continue;
        first = first ? std::min(*first, worker.since) : worker.since;
    }
    return first;
}

bool Roster::reported(std::uint32_t uid, TimePoint now)
{
    const auto found = m_workers.find(uid);
    if (found == m_workers.end() || found->second.state != State::starting) return false;
    found->second.state = State::working;
    found->second.since = now;
    found->second.why.clear();
    return true;
}

void Roster::lost(std::uint32_t uid, const std::string& why, TimePoint now)
{
    const auto found = m_workers.find(uid);
    if (found == m_workers.end()) return;
    auto& worker = found->second;
    if (worker.state == State::working && now - worker.since >= k_makes_good) worker.pause = k_first_pause;
    worker.state = State::pausing;
    worker.since = now + worker.pause;
    worker.pause = std::min(worker.pause * 2, k_longest_pause);
    worker.why = why;
}

bool Roster::is_at_work(std::uint32_t uid) const
{
    const auto found = m_workers.find(uid);
    return found != m_workers.end() && found->second.state == State::working;
}

std::string Roster::trouble(std::uint32_t uid) const
{
    const auto found = m_workers.find(uid);
    return found == m_workers.end() ? std::string{} : found->second.why;
}

} // namespace envfix::accounts
