#include "remedy/backup_clock.hpp"

namespace envfix::remedy {

std::optional<std::int64_t> BackupClock::at(std::int64_t wall_s, std::int64_t boot_s)
{
    const auto ahead_s = wall_s - boot_s;
    if (!m_believed) m_believed = Seen{.ahead_s = ahead_s, .since_s = boot_s};
    if (ahead_s <= m_believed->ahead_s + k_jump_s) {
        // Also one that was set back: by it less is old, not more.
        m_believed->ahead_s = ahead_s;
        m_jumped.reset();
    } else if (!m_jumped || ahead_s > m_jumped->ahead_s + k_jump_s) {
        m_jumped = Seen{.ahead_s = ahead_s, .since_s = boot_s};
    } else if (boot_s - m_jumped->since_s >= k_believed_s) {
        m_believed->ahead_s = ahead_s;
        m_jumped.reset();
    }
    if (boot_s - m_believed->since_s < k_first_s) return std::nullopt;
    return m_believed->ahead_s + boot_s;
}

} // namespace envfix::remedy
