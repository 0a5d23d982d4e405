#include "policy/names.hpp"

#include <algorithm>

namespace envfix::policy {

namespace {

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_small(char c)
{
    return c >= 'a' && c <= 'z';
}

bool is_letter(char c)
{
    return is_small(c) || (c >= 'A' && c <= 'Z');
}

bool is_separator(char c)
{
    return c == '-' || c == '_' || c == '.';
}

} // namespace

bool is_plain_name(std::string_view text)
{
    if (text.empty() || text.size() > 64 || text.front() == '-' || text.back() == '-') return false;
    return text.find("--") == std::string_view::npos &&
           std::ranges::all_of(text, [](char c) { return is_small(c) || is_digit(c) || c == '-'; });
}

bool is_distribution_name(std::string_view text)
{
    const auto is_end = [](char c) { return is_letter(c) || is_digit(c); };
    if (text.empty() || text.size() > 128 || !is_end(text.front()) || !is_end(text.back()))
        return false;
    return std::ranges::all_of(text, [&](char c) { return is_end(c) || is_separator(c); });
}

bool is_dotted_name(std::string_view text)
{
    if (text.empty() || text.size() > 256) return false;
    bool at_start = true;
    for (const char c : text) {
        if (c == '.') {
            if (at_start) return false;
            at_start = true;
            continue;
        }
        const bool ok = is_letter(c) || c == '_' || (is_digit(c) && !at_start);
        if (!ok) return false;
        at_start = false;
    }
    return !at_start;
}

} // namespace envfix::policy
