#pragma once

#include "formats/python_text.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::formats {

/// Rows of `csv.reader(text.splitlines())` in the excel dialect.
class CsvRows {
public:
    /// Longer fields end the reading: csv.field_size_limit().
    static constexpr std::size_t k_field_limit = 131072;

    explicit CsvRows(std::string_view text) : m_lines(text, LineEnds::unicode) {}

    /// Puts the next row into `row`; an empty line gives a row without columns. False at the end.
    bool next(std::vector<std::string>& row);

    /// Whether a field was longer than the limit; nothing follows then.
    [[nodiscard]] bool field_too_long() const { return m_too_long; }

private:
    enum class State : unsigned char { row_start, field_start, plain, quoted, quote_in_quoted };

    /// Puts the fields of a line without quotes into the row; false where one is too long.
    bool split(std::string_view line);
    /// Takes what begins the line and has no special meaning; gives its length.
    std::size_t take_run(std::string_view line);
    void take(char c);
    void end_field();

    Lines m_lines;
    State m_state = State::row_start;
    std::string m_field;
    std::vector<std::string>* m_row = nullptr;
    bool m_too_long = false;
};

} // namespace envfix::formats
