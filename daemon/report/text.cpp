#include "report/text.hpp"

#include "base/printable.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>

namespace envfix::report {

namespace {

struct Range {
    char32_t first;
    char32_t last;
};

// Blocks whose characters combine with the one before, or take no column (Unicode 15, general category Mn and Me).
constexpr std::array<Range, 27> k_no_column{{
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x05bf, 0x05c7}, {0x0610, 0x061a}, {0x064b, 0x065f},
    {0x0670, 0x0670}, {0x06d6, 0x06dc}, {0x06df, 0x06ed}, {0x0711, 0x0711}, {0x0730, 0x074a}, {0x07a6, 0x07b0},
    {0x0900, 0x0902}, {0x093c, 0x093c}, {0x0941, 0x0948}, {0x094d, 0x094d}, {0x0e31, 0x0e31}, {0x0e34, 0x0e3a},
    {0x0e47, 0x0e4e}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0x302a, 0x302d},
    {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xe0100, 0xe01ef},
}};

// Blocks of East Asian Width W and F, and the emoji that terminals draw two columns wide (Unicode 15, UAX #11).
constexpr std::array<Range, 22> k_two_columns{{
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x23e9, 0x23ec},   {0x25fd, 0x25fe},   {0x2614, 0x2615},
    {0x2648, 0x2653},   {0x26aa, 0x26ab},   {0x2705, 0x2705},   {0x2728, 0x2728},   {0x274c, 0x274c},
    {0x2753, 0x2757},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xa960, 0xa97c},   {0xac00, 0xd7a3},
    {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f64f},
    {0x1f680, 0x1f9ff}, {0x20000, 0x3fffd},
}};

template <std::size_t N> bool is_in(const std::array<Range, N>& ranges, char32_t c)
{
    const auto* after = std::ranges::upper_bound(ranges, c, {}, &Range::first);
    return after != ranges.begin() && c <= std::prev(after)->last;
}

bool can_travel(std::string_view text)
{
    return text.find('\0') == std::string_view::npos && is_utf8(text);
}

} // namespace

std::string without_passwords(std::string_view text)
{
    std::string out;
    while (true) {
        const auto scheme = text.find("://");
        if (scheme == std::string_view::npos) return out.append(text);
        out.append(text.substr(0, scheme + 3));
        text.remove_prefix(scheme + 3);
        const auto end = std::min(text.find_first_of("/?# \t\r\n\"'<>"), text.size());
        const auto authority = text.substr(0, end);
        const auto at = authority.rfind('@');
        if (at == std::string_view::npos) continue;
        const auto colon = authority.substr(0, at).find(':');
        if (colon != std::string_view::npos) {
            out.append(authority.substr(0, colon)).append(":***");
            text.remove_prefix(at);
        }
    }
}

std::string transportable(std::string_view untrusted)
{
    auto text = without_passwords(untrusted);
    return can_travel(text) ? text : escape_untrusted(text);
}

std::string shown(std::string_view untrusted)
{
    return escape_untrusted(without_passwords(untrusted));
}

std::size_t display_width(std::string_view text)
{
    std::size_t columns = 0;
    while (!text.empty()) {
        const auto [code_point, length] = first_code_point(text);
        if (code_point < 0x300) {
            ++columns; // the common case; a byte that is no UTF-8 counts as one column, too
        } else if (!is_in(k_no_column, code_point)) {
            columns += is_in(k_two_columns, code_point) ? 2U : 1U;
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return columns;
}

std::string shell_word(std::string_view text)
{
    constexpr std::string_view k_plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./-_";
    if (!text.empty() && text.find_first_not_of(k_plain) == std::string_view::npos) return std::string{text};
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') {
            out += "'\\''";
        } else {
            out += c;
        }
    }
    return out += '\'';
}

std::string duration_text(std::uint64_t seconds)
{
    const auto number = [](std::uint64_t value, const char* unit) { return std::to_string(value) + unit; };
    if (seconds < 60) return number(seconds, " s");
    const auto minutes = seconds / 60;
    if (minutes < 60) return number(minutes, " min");
    const auto hours = minutes / 60;
    if (hours < 24) {
        return number(hours, " h") + (minutes % 60 == 0 ? "" : number(minutes % 60, " min").insert(0, " "));
    }
    const auto days = hours / 24;
    return number(days, days == 1 ? " day" : " days");
}

std::string utc_text(std::int64_t seconds)
{
    using namespace std::chrono;
    // Years outside those of a calendar date are somebody's damage, not a date.
    constexpr std::int64_t k_year_9999 = 253402300799;
    seconds = std::clamp<std::int64_t>(seconds, 0, k_year_9999);
    const auto days_since = std::chrono::floor<days>(sys_seconds{std::chrono::seconds{seconds}});
    const year_month_day date{days_since};
    const auto second_of_day = seconds % 86400;
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02d:%02d:%02d UTC", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(second_of_day / 3600), static_cast<int>(second_of_day / 60 % 60),
                  static_cast<int>(second_of_day % 60));
    return text.data();
}

std::string ago_text(std::int64_t then_s, std::int64_t now_s)
{
    if (now_s <= 0 || then_s > now_s) return utc_text(then_s);
    const auto seconds = static_cast<std::uint64_t>(now_s) - static_cast<std::uint64_t>(std::max<std::int64_t>(then_s, 0));
    if (seconds < 10) return "just now";
    return duration_text(seconds) + " ago";
}

} // namespace envfix::report
