#pragma once

#include "formats/python_text.hpp"

#include <optional>
#include <string_view>

namespace envfix::formats {

/// The INI-like form that entry_points.txt and requires.txt share in importlib.metadata (3.10 and
/// later): trimmed lines, empty ones left out, `[name]` begins a section.
class SectionLines {
public:
    explicit SectionLines(std::string_view text) : m_lines(text, LineEnds::unicode) {}

    /// Puts the next line that is no section header into `line`; false at the end.
    bool next(std::string_view& line)
    {
        while (m_lines.next(line)) {
            line = strip(line);
            if (line.empty()) continue;
            if (!line.starts_with('[') || !line.ends_with(']')) return true;
            // str.strip("[]"): all brackets at both ends go, in any order.
            const auto begin = line.find_first_not_of("[]");
            m_section = begin == std::string_view::npos
                            ? std::string_view{}
                            : line.substr(begin, line.find_last_not_of("[]") + 1 - begin);
        }
        return false;
    }

    /// The section of the last line; nothing before the first header.
    [[nodiscard]] std::optional<std::string_view> section() const { return m_section; }

private:
    Lines m_lines;
    std::optional<std::string_view> m_section;
};

} // namespace envfix::formats
