#include "formats/csv.hpp"

#include <algorithm>
#include <utility>

namespace envfix::formats {

bool CsvRows::next(std::vector<std::string>& row)
{
    row.clear();
    if (m_too_long) return false;
    m_row = &row;
    m_state = State::row_start;
    m_field.clear();
    std::string_view line;
    while (m_lines.next(line)) {
        // Nearly every line that there is.
        if (m_state == State::row_start && line.find('"') == std::string_view::npos) return split(line);
        while (!line.empty()) {
            line.remove_prefix(take_run(line));
            // The limit counts characters, this counts bytes: only hostile text knows the
            // difference.
            if (m_field.size() > k_field_limit) {
                m_too_long = true;
                return false;
            }
            if (line.empty()) break;
            take(line.front());
            line.remove_prefix(1);
        }
        if (m_state == State::quoted) continue; // the line end itself was cut off before
        if (m_state != State::row_start) end_field();
        return true;
    }
    // Quotes that are never closed end with the text.
    if (m_state != State::quoted) return false;
    end_field();
    return true;
}

bool CsvRows::split(std::string_view line)
{
    while (!line.empty()) {
        const auto end = std::min(line.find(','), line.size());
        if (end > k_field_limit) {
            m_too_long = true;
            return false;
        }
        m_row->emplace_back(line.substr(0, end));
        if (end + 1 == line.size()) m_row->emplace_back(); // a comma at the end has a field behind it
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return true;
}

std::size_t CsvRows::take_run(std::string_view line)
{
    if (m_state == State::quote_in_quoted) return 0;
    if (m_state != State::quoted && m_state != State::plain) {
        if (line.front() == '"' || line.front() == ',') return 0;
        m_state = State::plain;
    }
    const auto run = std::min(line.find(m_state == State::quoted ? '"' : ','), line.size());
    m_field += line.substr(0, run);
    return run;
}

void CsvRows::take(char c)
{
    switch (m_state) {
    case State::row_start:
    case State::field_start:
        if (c == '"') {
            m_state = State::quoted;
            return;
        }
        break;
    case State::quoted:
        if (c == '"')
            m_state = State::quote_in_quoted;
        else
            m_field += c;
        return;
    case State::quote_in_quoted:
        if (c == '"') {
            m_field += c;
            m_state = State::quoted;
            return;
        }
        break;
    case State::plain: break;
    }
    if (c == ',') {
        end_field();
        return;
    }
    m_field += c;
    m_state = State::plain;
}

void CsvRows::end_field()
{
    m_row->push_back(std::move(m_field));
    m_field.clear();
    m_state = State::field_start;
}

} // namespace envfix::formats
