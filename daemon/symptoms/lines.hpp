#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace envfix::symptoms {

/// Longest text that is read; what comes behind is left out.
constexpr std::size_t k_most_bytes = std::size_t{4} * 1024 * 1024;
/// Longest piece of a line. A longer line comes in pieces that overlap, so that a message at a seam is whole in one of them.
constexpr std::size_t k_longest_piece = std::size_t{16} * 1024;
constexpr std::size_t k_overlap = 1024;

/// A line of a pasted text as the program printed it.
struct Line {
    std::uint64_t number = 0; ///< in the pasted text, from 1; several pieces may have the same
    std::string text;         ///< never empty
};

/// Takes a pasted text apart into lines, one at a time, and takes from them what stands between a program and its reader:
/// colours, frames of boxes, carriage returns, NUL bytes of UTF-16, typographic quotes, HTML entities, and the `\n` and `\"` of
/// a traceback that was logged as one line. Its time is linear in the text.
class LineReader {
public:
    explicit LineReader(std::string_view text);

    /// The next line that is not blank; false at the end.
    bool next(Line& line);

private:
    bool load();

    std::string_view m_rest;
    std::uint64_t m_number = 0;
    std::string m_line;       ///< the cleaned line that pieces are cut from
    std::size_t m_begin = 0;  ///< of what is left of it
    bool m_escaped = false;   ///< `\n` in m_line is a line break
};

/// Puts a message together that a console or a mail broke into two or three lines. Only where one begins as an error does and
/// what follows goes on in the middle of a sentence: other lines stay as they are.
class WrappedMessage {
public:
    /// Whether this line goes on with the message before it; whole() is then all that there is of it so far.
    bool add(const Line& line);
    [[nodiscard]] const Line& whole() const { return m_whole; }

private:
    Line m_whole;
    std::size_t m_parts = 0;
    std::size_t m_last_size = 0; ///< of the part that came last
};

} // namespace envfix::symptoms
