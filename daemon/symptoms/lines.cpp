#include "symptoms/lines.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace envfix::symptoms {

namespace {

using namespace std::string_view_literals;

/// What stands for something simpler. The longest names come first where one begins with the other.
constexpr std::array<std::pair<std::string_view, std::string_view>, 31> k_plain{{
    {"\xE2\x80\x98"sv, "'"},  {"\xE2\x80\x99"sv, "'"},   {"\xE2\x80\x9C"sv, "\""}, {"\xE2\x80\x9D"sv, "\""},
    {"\xE2\x80\x8B"sv, ""},   {"\xC2\xA0"sv, " "},       {"\xEF\xBB\xBF"sv, ""},   {"\xE2\x94\x82"sv, "|"},
    {"\xE2\x94\x83"sv, "|"},  {"\xE2\x95\x91"sv, "|"},   {"\xE2\x94\x80"sv, "-"},  {"\xE2\x94\x81"sv, "-"},
    {"\xE2\x95\xAD"sv, "|"},  {"\xE2\x95\xB0"sv, "|"},   {"\xE2\x95\xAE"sv, "|"},  {"\xE2\x95\xAF"sv, "|"},
    {"\xE2\x94\x94"sv, "|"},  {"\xE2\x94\x9C"sv, "|"},   {"\xE2\x9D\xB1"sv, ">"},  {"\xE2\x95\xB1"sv, ">"},
    {"&#39;"sv, "'"},         {"&#x27;"sv, "'"},         {"&quot;"sv, "\""},       {"&lt;"sv, "<"},
    {"&gt;"sv, ">"},          {"&amp;"sv, "&"},          {"\\u001b["sv, "\x1B["},  {"\\x1b["sv, "\x1B["},
    {"\\033["sv, "\x1B["},    {"\\u001B["sv, "\x1B["},   {"^[["sv, "\x1B["},
}};

constexpr bool may_be_replaced(char c)
{
    return c == '\xE2' || c == '\xC2' || c == '\xEF' || c == '&' || c == '\\' || c == '^';
}

/// Length of a control sequence (ECMA-48) that begins with ESC, or of "[0;31m" whose ESC was lost on the way; else 0.
std::size_t control_sequence(std::string_view text)
{
    constexpr std::size_t k_longest = 256;
    std::size_t at = 0;
    if (text.front() == '\x1B') {
        if (text.size() < 2) return 1;
        if (text[1] == ']') { // OSC: to BEL or ST
            const auto end = text.substr(0, k_longest).find_first_of("\x07\x1B", 2);
            if (end == std::string_view::npos) return 2;
            return end + (text[end] == '\x1B' ? 2 : 1);
        }
        if (text[1] != '[') return 2;
        at = 2;
        while (at < text.size() && at < k_longest && text[at] >= 0x20 && text[at] <= 0x3F) ++at;
        return std::min(at + 1, text.size());
    }
    if (text.front() != '[') return 0;
    at = 1;
    while (at < text.size() && at < 12 && ((text[at] >= '0' && text[at] <= '9') || text[at] == ';')) ++at;
    return at > 1 && at < text.size() && text[at] == 'm' ? at + 1 : 0;
}

void append_plain(std::string& out, std::string_view raw)
{
    std::string once;
    once.reserve(raw.size());
    while (!raw.empty()) {
        const char c = raw.front();
        if (may_be_replaced(c)) {
            const auto* entry = std::ranges::find_if(k_plain, [&](const auto& pair) { return raw.starts_with(pair.first); });
            if (entry != k_plain.end()) {
                once += entry->second;
                raw.remove_prefix(entry->first.size());
                continue;
            }
        }
        if (c != '\0') once += c == '\t' ? ' ' : c;
        raw.remove_prefix(1);
    }
    std::string_view rest = once;
    while (!rest.empty()) {
        if (const auto length = rest.front() == '\x1B' || rest.front() == '[' ? control_sequence(rest) : 0; length > 0) {
            rest.remove_prefix(std::min(length, rest.size()));
            continue;
        }
        out += rest.front();
        rest.remove_prefix(1);
    }
}

/// Whether `\n` in this line stands for a line break, and not for a folder whose name begins with n.
bool is_flattened(std::string_view line)
{
    constexpr std::array k_marks{"\\n  "sv, "(most recent call last):\\n"sv, "\\nTraceback"sv, "\\nModuleNotFoundError"sv,
                                 "\\nImportError"sv, "\\nERROR"sv, "\\nerror"sv};
    if (line.find("\\n") == std::string_view::npos) return false;
    return std::ranges::any_of(k_marks, [&](std::string_view mark) { return line.find(mark) != std::string_view::npos; });
}

std::string_view without_box(std::string_view text)
{
    const auto begin = text.find_first_not_of(" |>\r");
    if (begin == std::string_view::npos) return {};
    const auto end = text.find_last_not_of(" |\r");
    return text.substr(begin, end - begin + 1);
}

void unescape_quotes(std::string& text)
{
    std::size_t to = 0;
    for (std::size_t from = 0; from < text.size(); ++from) {
        const bool escape = text[from] == '\\' && from + 1 < text.size() && (text[from + 1] == '"' || text[from + 1] == '\'');
        if (!escape) text[to++] = text[from];
    }
    text.resize(to);
}

} // namespace

bool WrappedMessage::add(const Line& line)
{
    constexpr std::size_t k_most_parts = 3;
    constexpr std::size_t k_narrowest = 30; // no console is narrower
    constexpr std::size_t k_longest = 1000;
    const std::string_view text = line.text;
    const bool begins = text.find("Error: ") != std::string_view::npos || text.find("Exception: ") != std::string_view::npos;
    const char first = text.front();
    const bool goes_on = !begins && ((first >= 'a' && first <= 'z') || "'\"`(/._"sv.find(first) != std::string_view::npos);
    if (goes_on && m_parts > 0 && m_parts < k_most_parts && m_last_size >= k_narrowest &&
        m_whole.text.size() + text.size() < k_longest) {
        (m_whole.text += ' ') += text;
        m_last_size = text.size();
        ++m_parts;
        return true;
    }
    m_parts = 0;
    if (begins && text.size() < k_longest) {
        m_whole = line;
        m_last_size = text.size();
        m_parts = 1;
    }
    return false;
}

LineReader::LineReader(std::string_view text) : m_rest(text.substr(0, k_most_bytes))
{
    // The mark that UTF-16 begins with, in either order of bytes. That of UTF-8 is taken out with the line.
    if (m_rest.starts_with("\xFF\xFE") || m_rest.starts_with("\xFE\xFF")) m_rest.remove_prefix(2);
}

bool LineReader::load()
{
    if (m_rest.empty()) return false;
    const auto end = m_rest.find('\n');
    const auto raw = m_rest.substr(0, end);
    m_rest = end == std::string_view::npos ? std::string_view{} : m_rest.substr(end + 1);
    ++m_number;
    m_line.clear();
    m_begin = 0;
    append_plain(m_line, raw);
    m_escaped = is_flattened(m_line);
    if (m_line.find('\\') != std::string::npos) unescape_quotes(m_line);
    return true;
}

bool LineReader::next(Line& line)
{
    for (;;) {
        if (m_begin >= m_line.size() && !load()) return false;
        const std::string_view rest = std::string_view(m_line).substr(m_begin);
        auto piece = rest.substr(0, k_longest_piece);
        const auto carriage = piece.find('\r');
        const auto escaped = m_escaped ? piece.find("\\n") : std::string_view::npos;
        const auto cut = std::min(carriage, escaped);
        if (cut != std::string_view::npos) {
            piece = piece.substr(0, cut);
            m_begin += cut + (cut == escaped ? 2 : 1);
        } else {
            m_begin += piece.size() < rest.size() ? piece.size() - k_overlap : piece.size();
        }
        piece = without_box(piece);
        if (piece.empty()) continue;
        line.number = m_number;
        line.text = piece;
        return true;
    }
}

} // namespace envfix::symptoms
