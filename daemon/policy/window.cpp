#include "policy/window.hpp"

#include <algorithm>

namespace envfix::policy {

namespace {

constexpr int k_day = 1440;
constexpr int k_week = 7 * k_day;

std::optional<int> weekday(std::string_view text)
{
    constexpr std::array<std::string_view, 7> k_names{"Mon", "Tue", "Wed", "Thu",
                                                      "Fri", "Sat", "Sun"};
    const auto at = std::ranges::find(k_names, text);
    if (at == k_names.end()) return std::nullopt;
    return static_cast<int>(at - k_names.begin());
}

/// "09:00"; "24:00" is the end of the day.
std::optional<int> minute(std::string_view text)
{
    const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
    if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) {
        return std::nullopt;
    }
    const int hours = (text[0] - '0') * 10 + (text[1] - '0');
    const int minutes = (text[3] - '0') * 10 + (text[4] - '0');
    if (minutes > 59 || hours * 60 + minutes > k_day) return std::nullopt;
    return hours * 60 + minutes;
}

bool read_days(std::string_view text, Window& window)
{
    while (true) {
        const auto comma = text.find(',');
        const auto part = text.substr(0, comma);
        const auto dots = part.find("..");
        const auto first = weekday(part.substr(0, dots));
        const auto last = dots == std::string_view::npos ? first : weekday(part.substr(dots + 2));
        if (!first || !last) return false;
        for (int day = *first;; day = (day + 1) % 7) { // "Fri..Mon" goes over the weekend
            window.days[static_cast<std::size_t>(day)] = true;
            if (day == *last) break;
        }
        if (comma == std::string_view::npos) return true;
        text.remove_prefix(comma + 1);
    }
}

bool read_span(std::string_view text, Window& window)
{
    const auto dash = text.find('-');
    if (dash == std::string_view::npos) return false;
    const auto from = minute(text.substr(0, dash));
    const auto until = minute(text.substr(dash + 1));
    if (!from || !until || *from == *until || *from == k_day) return false;
    window.from = *from;
    window.until = *until;
    return true;
}

/// Minutes that it stays open.
int length(const Window& window)
{
    return window.until > window.from ? window.until - window.from
                                      : window.until + k_day - window.from;
}

} // namespace

std::optional<Window> parse_window(std::string_view text)
{
    Window window;
    const auto blank = text.find(' ');
    if (blank != std::string_view::npos) {
        const auto span = text.substr(blank + 1);
        if (!read_days(text.substr(0, blank), window) || !read_span(span, window))
            return std::nullopt;
        return window;
    }
    if (text.find(':') == std::string_view::npos) {
        if (!read_days(text, window)) return std::nullopt;
        return window;
    }
    window.days.fill(true);
    if (!read_span(text, window)) return std::nullopt;
    return window;
}

int minutes_until_open(const Window& window, LocalTime now)
{
    const int at = now.weekday * k_day + now.minute;
    int soonest = k_week;
    for (int day = 0; day < 7; ++day) {
        if (!window.days[static_cast<std::size_t>(day)]) continue;
        const int opens = day * k_day + window.from;
        const int since = (at - opens + k_week) % k_week;
        if (since < length(window)) return 0;
        soonest = std::min(soonest, k_week - since);
    }
    return soonest;
}

bool open_at(const Window& window, LocalTime now)
{
    return minutes_until_open(window, now) == 0;
}

} // namespace envfix::policy
