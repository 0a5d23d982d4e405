#include "formats/python_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace envfix::formats {

namespace {

constexpr char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool starts_with_at(std::string_view text, std::size_t at, std::string_view what)
{
    return text.substr(at).starts_with(what);
}

/// The length of the line end at `at`, 0 if there is none.
std::size_t line_end_at(std::string_view text, std::size_t at, LineEnds ends)
{
    const char c = text[at];
    if (c == '\n') return 1;
    if (c == '\r') return starts_with_at(text, at, "\r\n") ? 2 : 1;
    if (ends == LineEnds::universal) return 0;
    if (c == '\v' || c == '\f' || (c >= '\x1c' && c <= '\x1e')) return 1;
    if (starts_with_at(text, at, "\xc2\x85")) return 2;
    if (starts_with_at(text, at, "\xe2\x80\xa8") || starts_with_at(text, at, "\xe2\x80\xa9"))
        return 3;
    return 0;
}

/// The bytes that may begin a line end: the search passes over all others quickly.
using ByteSet = std::array<bool, 256>;

constexpr ByteSet byte_set(std::string_view bytes)
{
    ByteSet set{};
    for (const char c : bytes)
        set[static_cast<unsigned char>(c)] = true;
    return set;
}

constexpr ByteSet k_may_end_line = byte_set("\n\r\v\f\x1c\x1d\x1e\xc2\xe2");

/// The next place at which something other than printable ASCII may stand: eight bytes are passed over at a time.
std::size_t pass_plain_bytes(std::string_view text, std::size_t at)
{
    constexpr std::uint64_t k_high = 0x8080808080808080U;
    constexpr std::uint64_t k_blanks = 0x2020202020202020U;
    std::uint64_t word = 0;
    while (text.size() - at >= sizeof word) {
        std::memcpy(&word, text.data() + at, sizeof word);
        // A borrow may make a plain byte seem to be another one, never the other way round.
        if (((word | (word - k_blanks)) & k_high) != 0) break;
        at += sizeof word;
    }
    return at;
}

bool is_ascii_space(char c)
{
    return (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= ' ');
}

bool is_wide_space(std::string_view c)
{
    if (c.size() == 2) return c == "\xc2\x85" || c == "\xc2\xa0";
    if (c == "\xe1\x9a\x80" || c == "\xe2\x81\x9f" || c == "\xe3\x80\x80") return true;
    if (!c.starts_with("\xe2\x80")) return false;
    const auto last = static_cast<unsigned char>(c[2]);
    return (last >= 0x80 && last <= 0x8a) || last == 0xa8 || last == 0xa9 || last == 0xaf;
}

std::size_t leading_space(std::string_view text)
{
    if (text.empty()) return 0;
    if (is_ascii_space(text.front())) return 1;
    if (text.size() >= 2 && is_wide_space(text.substr(0, 2))) return 2;
    if (text.size() >= 3 && is_wide_space(text.substr(0, 3))) return 3;
    return 0;
}

std::size_t trailing_space(std::string_view text)
{
    if (text.empty()) return 0;
    if (is_ascii_space(text.back())) return 1;
    if (text.size() >= 2 && is_wide_space(text.substr(text.size() - 2))) return 2;
    if (text.size() >= 3 && is_wide_space(text.substr(text.size() - 3))) return 3;
    return 0;
}

/// The length of the well-formed sequence that `bytes` begins with, 0 if it is malformed
/// (Unicode standard, table 3-7).
std::size_t utf8_sequence(std::string_view bytes)
{
    const auto at = [bytes](std::size_t i) {
        return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
    };
    const auto tail = [&at](std::size_t i) { return at(i) >= 0x80 && at(i) <= 0xbf; };
    const unsigned first = at(0);
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first <= 0xdf) return tail(1) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef) {
        const unsigned low = first == 0xe0 ? 0xa0 : 0x80;
        const unsigned high = first == 0xed ? 0x9f : 0xbf;
        return at(1) >= low && at(1) <= high && tail(2) ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        const unsigned low = first == 0xf0 ? 0x90 : 0x80;
        const unsigned high = first == 0xf4 ? 0x8f : 0xbf;
        return at(1) >= low && at(1) <= high && tail(2) && tail(3) ? 4 : 0;
    }
    return 0;
}

} // namespace

std::size_t LineFinder::line(std::string_view rest)
{
    const auto next = [rest](char byte, std::size_t& left) {
        // Searched for again only once it was passed.
        if (left > rest.size()) left = rest.size() - std::min(rest.find(byte), rest.size());
        return rest.size() - left;
    };
    return std::min(next('\n', m_newline), next('\r', m_return));
}

std::size_t LineFinder::line_end(std::string_view rest, std::size_t line)
{
    return line == rest.size() ? 0 : line_end_at(rest, line, LineEnds::universal);
}

bool Lines::next(std::string_view& line)
{
    if (m_rest.empty()) return false;
    if (m_ends == LineEnds::universal) {
        line = m_rest.substr(0, m_finder.line(m_rest));
        m_rest.remove_prefix(line.size() + LineFinder::line_end(m_rest, line.size()));
        return true;
    }
    for (std::size_t at = 0; (at = pass_plain_bytes(m_rest, at)) < m_rest.size(); ++at) {
        if (!k_may_end_line[static_cast<unsigned char>(m_rest[at])]) continue;
        if (const auto length = line_end_at(m_rest, at, m_ends); length > 0) {
            line = m_rest.substr(0, at);
            m_rest.remove_prefix(at + length);
            return true;
        }
    }
    line = m_rest;
    m_rest = {};
    return true;
}

std::string_view strip_left(std::string_view text)
{
    while (const auto length = leading_space(text))
        text.remove_prefix(length);
    return text;
}

std::string_view strip_right(std::string_view text)
{
    while (const auto length = trailing_space(text))
        text.remove_suffix(length);
    return text;
}

std::string_view strip(std::string_view text)
{
    return strip_left(strip_right(text));
}

std::string ascii_lower(std::string_view text)
{
    std::string out(text);
    for (char& c : out)
        c = lower(c);
    return out;
}

bool equal_ignoring_case(std::string_view left, std::string_view right)
{
    if (left.size() != right.size()) return false;
    for (std::size_t i = 0; i < left.size(); ++i)
        if (lower(left[i]) != lower(right[i])) return false;
    return true;
}

bool is_utf8(std::string_view bytes)
{
    while (!bytes.empty()) {
        // Almost all metadata is ASCII: many bytes at a time while it is.
        std::array<std::uint64_t, 4> words{};
        while (bytes.size() >= sizeof words) {
            std::memcpy(words.data(), bytes.data(), sizeof words);
            if (((words[0] | words[1] | words[2] | words[3]) & 0x8080808080808080U) != 0) break;
            bytes.remove_prefix(sizeof words);
        }
        if (bytes.empty()) break;
        const auto length = utf8_sequence(bytes);
        if (length == 0) return false;
        bytes.remove_prefix(length);
    }
    return true;
}

bool remove_byte_order_mark(std::string_view& text)
{
    if (!text.starts_with("\xef\xbb\xbf")) return false;
    text.remove_prefix(3);
    return true;
}

} // namespace envfix::formats
