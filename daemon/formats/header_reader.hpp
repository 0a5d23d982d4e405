#pragma once

#include "formats/python_text.hpp"

#include <string_view>

namespace envfix::formats {

/// Walks over the header fields of METADATA without copying; the rules are those of Python's
/// email.feedparser.
class HeaderReader {
public:
    explicit HeaderReader(std::string_view text) : m_text(text) {}

    struct Field {
        std::string_view name;
        std::string_view value; ///< continuation lines included, with their line ends
    };

    /// Puts the next field into `field`; false at the end of the headers.
    bool next(Field& field);

    /// After the last field: the stray "From " line that Python hands to the body, or nothing.
    [[nodiscard]] std::string_view stray_line() const { return m_stray; }

    /// After the last field: what follows the headers and their empty line.
    [[nodiscard]] std::string_view body() const { return m_text; }

private:
    /// The line at the beginning of m_text, with its line end.
    [[nodiscard]] std::string_view line();
    void drop_continuations();

    std::string_view m_text;
    LineFinder m_finder;
    std::string_view m_stray;
    bool m_at_start = true;
};

} // namespace envfix::formats
