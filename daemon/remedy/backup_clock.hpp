#pragma once

#include <cstdint>
#include <optional>

namespace envfix::remedy {

/// What time it is for the age of backups (THREATS.md R8): the wall clock, as far as it goes on as
/// the time since boot does. A clock that jumps ahead would make all backups old at once, and what
/// it deletes does not come back when somebody sets it right. Knows no clock itself.
class BackupClock {
public:
    /// For so long a clock must have been seen after the start before anything is old by it.
    static constexpr std::int64_t k_first_s = 3'600;
    /// Ahead by more than this it has jumped: nobody's clock is that wrong by drifting.
    static constexpr std::int64_t k_jump_s = 3'600;
    /// After so long it is the clock before that was wrong.
    static constexpr std::int64_t k_believed_s = 24 * 3'600;

    /// The time by which backups may be old, seconds since the epoch; nothing while it is not known.
    /// `wall_s` is the wall clock, `boot_s` the time since boot, suspended time included.
    std::optional<std::int64_t> at(std::int64_t wall_s, std::int64_t boot_s);

private:
    struct Seen {
        std::int64_t ahead_s = 0; ///< the wall clock, of the time since boot
        std::int64_t since_s = 0; ///< time since boot when it was seen first
    };

    std::optional<Seen> m_believed;
    std::optional<Seen> m_jumped; ///< what it has jumped to, and is not believed yet
};

} // namespace envfix::remedy
