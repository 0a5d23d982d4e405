#include "pep/name.hpp"

#include "pep/unicode.hpp"

#include <algorithm>

namespace envfix::pep {

namespace {

constexpr bool is_separator(char c)
{
    return c == '-' || c == '_' || c == '.';
}

constexpr bool is_lower_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

constexpr bool is_alphanumeric(char c)
{
    return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

/// ASCII only, which nearly every name is.
std::string normalize_ascii(std::string_view name)
{
    std::string out;
    out.reserve(name.size());
    for (const char c : name) {
        if (is_separator(c)) {
            if (out.empty() || out.back() != '-') out += '-';
        } else {
            out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
        }
    }
    return out;
}

} // namespace

std::string normalize_name(std::string_view name)
{
    const bool is_ascii =
        std::ranges::all_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    return is_ascii ? normalize_ascii(name) : normalize_ascii(lower(name));
}

bool is_normalized_name(std::string_view name)
{
    if (name.empty() || !is_lower_or_digit(name.front()) || !is_lower_or_digit(name.back())) {
        return false;
    }
    char before = 0;
    for (const char c : name) {
        if (!is_lower_or_digit(c) && (c != '-' || before == '-')) return false;
        before = c;
    }
    return true;
}

bool is_valid_name(std::string_view name)
{
    return !name.empty() && is_alphanumeric(name.front()) && is_alphanumeric(name.back()) &&
           std::ranges::all_of(name, [](char c) { return is_alphanumeric(c) || is_separator(c); });
}

} // namespace envfix::pep
