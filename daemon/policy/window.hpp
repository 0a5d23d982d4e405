#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace envfix::policy {

/// A moment of a week by local time: what a maintenance window is about (THREATS.md R8).
struct LocalTime {
    int weekday = 0; ///< 0 is Monday
    int minute = 0;  ///< of the day, 0 to 1439
};

/// When a policy may act.
struct Window {
    std::array<bool, 7> days{}; ///< on which it opens, Monday first
    int from = 0;               ///< minute of the day
    int until = 1440;           ///< minute after it; not above `from`: the next day's

    bool operator==(const Window&) const = default;
};

/// Reads "Mon..Fri 09:00-18:00", "Sat,Sun", "22:00-06:00": days with "," and "..", then a time
/// span; either may be absent. Weekdays are Mon Tue Wed Thu Fri Sat Sun. A span over midnight
/// belongs to the day on which it begins. Nothing where it is not one.
std::optional<Window> parse_window(std::string_view text);

/// Whether it is open then.
bool open_at(const Window& window, LocalTime now);

/// Minutes until it is open, from 0 (it is) to less than a week, by the clock on the wall.
int minutes_until_open(const Window& window, LocalTime now);

} // namespace envfix::policy
