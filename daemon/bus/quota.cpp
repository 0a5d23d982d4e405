#include "bus/quota.hpp"

#include <algorithm>

namespace envfix::bus {

bool Quota::take(uid_t uid, Time now)
{
    const auto [found, is_new] = m_accounts.try_emplace(uid);
    auto& account = found->second;
    if (is_new || account.since == Time{}) {
        account.left = m_limits.burst;
    } else {
        const std::chrono::duration<double> passed = now - account.since;
        account.left = std::min(m_limits.burst, account.left + std::max(passed.count(), 0.0) * m_limits.calls_per_second);
    }
    account.since = now;
    if (account.left < 1) return false;
    account.left -= 1;
    return true;
}

bool Quota::begin(uid_t uid)
{
    auto& account = m_accounts[uid];
    if (account.in_flight >= m_limits.in_flight) return false;
    ++account.in_flight;
    return true;
}

void Quota::ended(uid_t uid)
{
    const auto found = m_accounts.find(uid);
    if (found != m_accounts.end() && found->second.in_flight > 0) --found->second.in_flight;
}

} // namespace envfix::bus
