#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// How Python's str and its text files cut and trim text. All functions work on UTF-8 bytes, never
/// fail on bytes that are none, and take time linear in the text.
namespace envfix::formats {

/// Which characters end a line.
enum class LineEnds : unsigned char {
    universal, ///< \n, \r, \r\n: a file opened as text
    unicode    ///< str.splitlines: these, and \v \f \x1c-\x1e \x85 U+2028 U+2029
};

/// Finds the universal line ends of one text, of which it is given ever shorter ends. Takes linear time for all of them.
class LineFinder {
public:
    /// The size of the line that `rest` begins with, without its end.
    std::size_t line(std::string_view rest);
    /// The size of the line end behind those bytes; 0 at the end of the text.
    static std::size_t line_end(std::string_view rest, std::size_t line);

private:
    static constexpr auto k_unknown = static_cast<std::size_t>(-1);

    /// How much of the text follows before the next of these bytes, itself included: this stays, where the text gets shorter.
    std::size_t m_newline = k_unknown;
    std::size_t m_return = k_unknown;
};

/// Walks over the lines of a text; the views lie in the text and hold no line end.
class Lines {
public:
    explicit Lines(std::string_view text, LineEnds ends = LineEnds::universal)
        : m_rest(text), m_ends(ends)
    {
    }

    /// Puts the next line into `line`; false at the end. A line end at the very end of the text
    /// begins no further line.
    bool next(std::string_view& line);

    /// What has not been handed out yet.
    [[nodiscard]] std::string_view rest() const { return m_rest; }

private:
    std::string_view m_rest;
    LineEnds m_ends;
    LineFinder m_finder;
};

/// str.strip, str.lstrip and str.rstrip without an argument: Unicode white space.
std::string_view strip(std::string_view text);
std::string_view strip_left(std::string_view text);
std::string_view strip_right(std::string_view text);

/// Lower-cases A-Z; other bytes stay.
std::string ascii_lower(std::string_view text);
bool equal_ignoring_case(std::string_view left, std::string_view right);

/// Whether Python's strict UTF-8 decoder takes these bytes (no surrogates, nothing overlong).
bool is_utf8(std::string_view bytes);

/// Removes a leading UTF-8 byte order mark; true if there was one.
bool remove_byte_order_mark(std::string_view& text);

} // namespace envfix::formats
