#include "formats/source_fault.hpp"

#include "formats/python_text.hpp"

#include <algorithm>
#include <vector>

namespace envfix::formats {

namespace {

/// CPython itself takes no more than 200.
constexpr std::size_t k_deepest = 200;
constexpr std::size_t k_marker = 7;

bool is_name_byte(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || byte >= 0x80;
}

/// How the bytes of a file are to be read.
enum class Encoding : unsigned char {
    utf8,
    one_byte, ///< each byte a character, those of ASCII as in ASCII
    other     ///< what its bytes mean is not known here
};

/// PEP 263: a comment in one of the first two lines may name an encoding.
Encoding encoding_of(std::string_view bytes)
{
    Lines lines(bytes);
    std::string_view line;
    for (int number = 0; number < 2 && lines.next(line); ++number) {
        const auto comment = line.find('#');
        const auto at = comment == std::string_view::npos ? comment : line.find("coding", comment);
        if (at == std::string_view::npos) continue;
        auto name = ascii_lower(line.substr(at + std::string_view("coding").size()));
        std::ranges::replace(name, '_', '-');
        const auto begin = name.find_first_not_of(":= \t");
        name.erase(0, std::min(begin, name.size()));
        name.erase(std::min(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-."), name.size()));
        if (name == "utf-8" || name == "utf8") return Encoding::utf8;
        const bool one_byte = name == "ascii" || name == "us-ascii" || name == "latin-1" || name.starts_with("iso-8859-");
        return one_byte ? Encoding::one_byte : Encoding::other;
    }
    return Encoding::utf8;
}

/// Walks through a file once. Where it is not sure what Python would see it ends without a fault.
class Scan {
public:
    explicit Scan(std::string_view text) : m_text(text) {}

    std::optional<SourceFault> run()
    {
        while (m_at < m_text.size() && !m_fault && !m_unsure) step();
        if (m_fault || m_unsure) return m_fault;
        if (!m_open.empty()) tell(m_open.back().line, std::string("a '") + m_open.back().bracket + "' that is never closed");
        return m_fault;
    }

private:
    struct Open {
        char bracket;
        std::size_t line;
    };

    void tell(std::size_t line, std::string what) { m_fault = SourceFault{.line = line, .what = std::move(what)}; }

    [[nodiscard]] bool is_line_end(std::size_t at) const { return m_text[at] == '\n' || m_text[at] == '\r'; }

    [[nodiscard]] char at(std::size_t place) const { return place < m_text.size() ? m_text[place] : '\0'; }

    /// Goes over one line end, and counts it.
    void pass_line_end()
    {
        if (at(m_at) == '\r' && at(m_at + 1) == '\n') ++m_at;
        ++m_at;
        ++m_line;
    }

    void step()
    {
        const char c = m_text[m_at];
        const bool begins_line = m_at == 0 || is_line_end(m_at - 1);
        if (begins_line && is_marker()) return tell(m_line, "a marker of a merge conflict");
        if (is_line_end(m_at)) return pass_line_end();
        switch (c) {
        case '#':
            while (m_at < m_text.size() && !is_line_end(m_at)) ++m_at;
            return;
        case '\'':
        case '"': return read_string(c);
        case '(':
        case '[':
        case '{':
            if (m_open.size() == k_deepest) m_unsure = true;
            m_open.push_back({.bracket = c, .line = m_line});
            break;
        case ')':
        case ']':
        case '}': return close(c);
        case '\\':
            ++m_at;
            m_unsure = m_at == m_text.size() || !is_line_end(m_at);
            if (!m_unsure) pass_line_end();
            return;
        case '$':
        case '?':
        case '`': return tell(m_line, std::string("the character '") + c + "'");
        default: break;
        }
        ++m_at;
    }

    /// "<<<<<<< HEAD", "=======", ">>>>>>> branch"
    [[nodiscard]] bool is_marker() const
    {
        const char c = m_text[m_at];
        if (c != '<' && c != '=' && c != '>') return false;
        const auto run = m_text.substr(m_at, k_marker);
        return run.size() == k_marker && run.find_first_not_of(c) == std::string_view::npos;
    }

    void close(char bracket)
    {
        const char wanted = bracket == ')' ? '(' : bracket == ']' ? '[' : '{';
        if (m_open.empty()) return tell(m_line, std::string("a '") + bracket + "' that closes nothing");
        if (m_open.back().bracket != wanted)
            return tell(m_line, std::string("a '") + bracket + "' that does not close the '" + m_open.back().bracket + "' of line " +
                                    std::to_string(m_open.back().line));
        m_open.pop_back();
        ++m_at;
    }

    /// Whether the letters before the quote make it a formatted string: f"", Rf"", t"".
    [[nodiscard]] bool is_formatted() const
    {
        auto begin = m_at;
        while (begin > 0 && is_name_byte(m_text[begin - 1])) --begin;
        const auto prefix = ascii_lower(m_text.substr(begin, std::min<std::size_t>(m_at - begin, 4)));
        if (prefix.size() > 2 || prefix.find_first_not_of("rbuft") != std::string::npos) return false;
        return prefix.find_first_of("ft") != std::string::npos;
    }

    void read_string(char quote)
    {
        const bool formatted = is_formatted();
        const auto line = m_line;
        const bool triple = at(m_at + 1) == quote && at(m_at + 2) == quote;
        const std::size_t quotes = triple ? 3 : 1;
        m_at += quotes;
        int depth = 0; // of the braces of a formatted string
        for (;;) {
            if (m_at >= m_text.size()) {
                m_unsure = formatted;
                if (!formatted) tell(line, "a string that is never closed");
                return;
            }
            const char c = m_text[m_at];
            if (c == '\\' && m_at + 1 < m_text.size()) {
                ++m_at;
                if (!is_line_end(m_at)) {
                    ++m_at;
                } else {
                    pass_line_end();
                }
                continue;
            }
            if (is_line_end(m_at)) {
                if (!triple) {
                    m_unsure = formatted;
                    if (!formatted) tell(line, "a string that is not closed on its line");
                    return;
                }
                pass_line_end();
                continue;
            }
            depth += c == '{' ? 1 : c == '}' ? -1 : 0;
            if (c == quote && (!triple || (at(m_at + 1) == quote && at(m_at + 2) == quote))) break;
            ++m_at;
        }
        m_at += quotes;
        // From 3.12 on a string within the braces may have the same quotes: then this was not the end.
        m_unsure = formatted && depth != 0;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    std::size_t m_line = 1;
    std::vector<Open> m_open;
    std::optional<SourceFault> m_fault;
    bool m_unsure = false;
};

} // namespace

std::optional<SourceFault> fault_of_source(std::string_view bytes)
{
    if (const auto zero = bytes.find('\0'); zero != std::string_view::npos) {
        const auto before = bytes.substr(0, zero);
        return SourceFault{.line = static_cast<std::size_t>(std::ranges::count(before, '\n')) + 1, .what = "a zero byte"};
    }
    remove_byte_order_mark(bytes);
    const auto encoding = encoding_of(bytes);
    if (encoding == Encoding::other) return std::nullopt;
    if (encoding == Encoding::utf8 && !is_utf8(bytes)) return SourceFault{.line = 0, .what = "bytes that are no UTF-8"};
    return Scan(bytes).run();
}

} // namespace envfix::formats
