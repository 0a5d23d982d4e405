#include "pep/unicode.hpp"

#include "pep/unicode_tables.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace envfix::pep {

namespace {

constexpr char32_t k_not_utf8 = 0xFFFFFFFF;

bool in_table(std::span<const CodeRange> table, char32_t value)
{
    const auto at = std::ranges::upper_bound(table, value, {}, &CodeRange::first);
    return at != table.begin() && value <= std::prev(at)->last;
}

char32_t lower_of(char32_t value)
{
    const auto at = std::ranges::upper_bound(k_lower, value, {}, &CaseRange::first);
    if (at == k_lower.begin()) return value;
    const auto& range = *std::prev(at);
    if (value > range.last || (value - range.first) % range.stride != 0) return value;
    return static_cast<char32_t>(static_cast<std::int32_t>(value) + range.delta);
}

bool is_identifier_start(char32_t value)
{
    if (value < 0x80) {
        return (value >= 'a' && value <= 'z') || (value >= 'A' && value <= 'Z') || value == '_';
    }
    return (in_table(k_word, value) && !in_table(k_word_but_not_identifier_start, value)) ||
           in_table(k_identifier_start_but_not_word, value);
}

bool is_identifier_continue(char32_t value)
{
    return is_identifier_start(value) || (value >= '0' && value <= '9') ||
           in_table(k_identifier_continue_only, value);
}

/// The last character of `text`, which is not empty.
Decoded decode_last(std::string_view text)
{
    for (std::size_t size = 1; size <= 4 && size <= text.size(); ++size) {
        const auto byte = static_cast<unsigned char>(text[text.size() - size]);
        if ((byte & 0xC0U) == 0x80U) continue;
        const auto decoded = decode_first(text.substr(text.size() - size));
        if (decoded.size == size) return decoded;
        break;
    }
    return {.value = k_not_utf8, .size = 1};
}

} // namespace

Decoded decode_first(std::string_view text)
{
    if (text.empty()) return {};
    const auto byte = [text](std::size_t i) {
        return static_cast<char32_t>(static_cast<unsigned char>(text[i]));
    };
    const char32_t lead = byte(0);
    if (lead < 0x80) return {.value = lead, .size = 1};

    const std::uint8_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    constexpr std::array<char32_t, 5> k_least{0, 0, 0x80, 0x800, 0x10000};
    if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return {.value = k_not_utf8, .size = 1};
    char32_t value = lead & (0xFFU >> (size + 1U));
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) return {.value = k_not_utf8, .size = 1};
        value = (value << 6U) | (byte(i) & 0x3FU);
    }
    if (value < k_least[size] || value > 0x10FFFF) return {.value = k_not_utf8, .size = 1};
    return {.value = value, .size = size};
}

void append_utf8(std::string& out, char32_t value)
{
    const auto tail = [value](unsigned shift) {
        return static_cast<char>(0x80U | ((value >> shift) & 0x3FU));
    };
    if (value < 0x80) {
        out += static_cast<char>(value);
    } else if (value < 0x800) {
        out += static_cast<char>(0xC0U | (value >> 6U));
        out += tail(0);
    } else if (value < 0x10000) {
        out += static_cast<char>(0xE0U | (value >> 12U));
        out += tail(6);
        out += tail(0);
    } else {
        out += static_cast<char>(0xF0U | (value >> 18U));
        out += tail(12);
        out += tail(6);
        out += tail(0);
    }
}

bool is_space(char32_t value)
{
    if (value < 0x80) return (value >= 0x09 && value <= 0x0D) || (value >= 0x1C && value <= 0x20);
    return value == 0x85 || value == 0xA0 || value == 0x1680 ||
           (value >= 0x2000 && value <= 0x200A) || value == 0x2028 || value == 0x2029 ||
           value == 0x202F || value == 0x205F || value == 0x3000;
}

bool is_word(char32_t value)
{
    if (value < 0x80) return is_identifier_start(value) || (value >= '0' && value <= '9');
    return in_table(k_word, value);
}

bool is_identifier(std::string_view text)
{
    const auto first = decode_first(text);
    if (first.size == 0 || !is_identifier_start(first.value)) return false;
    text.remove_prefix(first.size);
    while (!text.empty()) {
        const auto next = decode_first(text);
        if (!is_identifier_continue(next.value)) return false;
        text.remove_prefix(next.size);
    }
    return true;
}

std::string lower(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto next = decode_first(text);
        if (next.value < 0x80) {
            const char c = text.front();
            out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
        } else if (next.value == k_not_utf8) {
            out += text.front();
        } else if (next.value == 0x130) {
            out += "i\u0307"; // the one character whose lower case is two
        } else {
            append_utf8(out, lower_of(next.value));
        }
        text.remove_prefix(next.size);
    }
    return out;
}

std::size_t leading_space(std::string_view text)
{
    std::size_t size = 0;
    for (;;) {
        const auto next = decode_first(text.substr(size));
        if (next.size == 0 || !is_space(next.value)) return size;
        size += next.size;
    }
}

std::string_view strip(std::string_view text)
{
    text.remove_prefix(leading_space(text));
    while (!text.empty()) {
        const auto last = decode_last(text);
        if (!is_space(last.value)) break;
        text.remove_suffix(last.size);
    }
    return text;
}

} // namespace envfix::pep
