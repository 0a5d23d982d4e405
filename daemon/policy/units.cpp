#include "policy/units.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace envfix::policy {

namespace {

/// Takes the digits at the front; at most 15, so that no product below can overflow.
std::optional<std::int64_t> take_number(std::string_view& text)
{
    constexpr std::size_t k_most_digits = 15;
    std::int64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    const auto digits = static_cast<std::size_t>(read.ptr - text.data());
    if (read.ec != std::errc{} || value < 0 || text.front() == '-' || digits > k_most_digits) {
        return std::nullopt;
    }
    text.remove_prefix(digits);
    return value;
}

std::string_view take_letters(std::string_view& text)
{
    std::size_t n = 0;
    while (n < text.size() && (text[n] < '0' || text[n] > '9'))
        ++n;
    const auto letters = text.substr(0, n);
    text.remove_prefix(n);
    return letters;
}

} // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text)
{
    constexpr std::array<std::pair<std::string_view, std::int64_t>, 7> k_units{{
        {"w", 604'800'000},
        {"d", 86'400'000},
        {"h", 3'600'000},
        {"min", 60'000},
        {"m", 60'000},
        {"s", 1'000},
        {"ms", 1},
    }};
    constexpr std::int64_t k_ten_years = 3660LL * 86'400'000;
    if (text.empty()) return std::nullopt;
    std::int64_t total = 0;
    std::int64_t last_unit = k_ten_years;
    while (!text.empty()) {
        const auto number = take_number(text);
        if (!number) return std::nullopt;
        const auto name = take_letters(text);
        std::int64_t unit = 0;
        for (const auto& [known, milliseconds] : k_units) {
            if (known == name) unit = milliseconds;
        }
        if (unit == 0 || unit >= last_unit || *number > k_ten_years / unit) return std::nullopt;
        last_unit = unit;
        total += *number * unit;
        if (total > k_ten_years) return std::nullopt;
    }
    return std::chrono::milliseconds(total);
}

std::optional<std::uint64_t> parse_size(std::string_view text)
{
    constexpr std::array<std::pair<std::string_view, unsigned>, 9> k_units{{
        {"", 0},
        {"K", 10},
        {"KiB", 10},
        {"M", 20},
        {"MiB", 20},
        {"G", 30},
        {"GiB", 30},
        {"T", 40},
        {"TiB", 40},
    }};
    constexpr std::uint64_t k_most = std::uint64_t{1} << 50U;
    if (text.empty()) return std::nullopt;
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    for (const auto& [name, shift] : k_units) {
        if (name != text) continue;
        const auto value = static_cast<std::uint64_t>(*number);
        if (value > (k_most >> shift)) return std::nullopt;
        return value << shift;
    }
    return std::nullopt;
}

} // namespace envfix::policy
