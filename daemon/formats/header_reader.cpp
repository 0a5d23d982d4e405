#include "formats/header_reader.hpp"

#include <algorithm>

namespace envfix::formats {

namespace {

bool is_continuation(std::string_view line)
{
    return line.starts_with(' ') || line.starts_with('\t');
}

/// The length of the field name, npos if the line is no `name:`. A name is printable ASCII.
std::size_t name_length(std::string_view line)
{
    const auto end =
        std::ranges::find_if(line, [](char c) { return c <= ' ' || c > '~' || c == ':'; });
    if (end == line.end() || *end != ':') return std::string_view::npos;
    return static_cast<std::size_t>(end - line.begin());
}

bool is_header_line(std::string_view line)
{
    return is_continuation(line) || line.starts_with("From ") ||
           name_length(line) != std::string_view::npos;
}

} // namespace

std::string_view HeaderReader::line()
{
    const auto size = m_finder.line(m_text);
    return m_text.substr(0, size + LineFinder::line_end(m_text, size));
}

void HeaderReader::drop_continuations()
{
    while (is_continuation(m_text))
        m_text.remove_prefix(line().size());
}

bool HeaderReader::next(Field& field)
{
    for (bool first = m_at_start; !m_text.empty(); first = false) {
        m_at_start = false;
        const auto here = line();
        if (is_continuation(
                here)) { // only before the first field: what continues one is eaten below
            drop_continuations();
            continue;
        }
        if (here.starts_with("From ")) {
            m_text.remove_prefix(here.size());
            if (!first && !is_header_line(m_text)) m_stray = here;
            drop_continuations();
            continue;
        }
        const auto length = name_length(here);
        if (length == std::string_view::npos) {
            if (here.front() == '\n' || here.front() == '\r') m_text.remove_prefix(here.size());
            return false;
        }
        const auto begin = m_text;
        m_text.remove_prefix(here.size());
        drop_continuations();
        if (length == 0) continue; // ":value" is passed over
        auto value = begin.substr(length + 1, begin.size() - m_text.size() - length - 1);
        value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
        value = value.substr(0, value.find_last_not_of("\r\n") + 1); // npos + 1 is 0: all goes
        field = {begin.substr(0, length), value};
        return true;
    }
    return false;
}

} // namespace envfix::formats
