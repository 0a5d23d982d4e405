#include "formats/entry_points.hpp"

#include "formats/sections.hpp"

#include <algorithm>

namespace envfix::formats {

namespace {

/// `[\w.]`; every byte of a non-ASCII character counts as a letter.
bool is_dotted_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

/// Takes the longest dotted name and the white space behind it off the beginning of `rest`.
std::string_view take_name(std::string_view& rest)
{
    const auto end = std::ranges::find_if_not(rest, is_dotted_name_byte);
    const auto name = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    rest = strip_left(rest.substr(name.size()));
    return name;
}

} // namespace

EntryPoints parse_entry_points(std::string_view text)
{
    EntryPoints out;
    SectionLines lines(text);
    std::string_view line;
    while (lines.next(line)) {
        if (line.starts_with('#') || !lines.section()) continue;
        const auto equals = line.find('=');
        if (equals == std::string_view::npos) {
            out.malformed.emplace_back(line);
            continue;
        }
        out.entries.push_back({std::string(*lines.section()),
                               std::string(strip(line.substr(0, equals))),
                               std::string(strip(line.substr(equals + 1)))});
    }
    return out;
}

std::optional<EntryPointTarget> parse_entry_point_value(std::string_view value)
{
    EntryPointTarget target;
    target.module = take_name(value);
    if (target.module.empty()) return {};
    if (value.starts_with(':')) {
        value = strip_left(value.substr(1));
        target.attribute = take_name(value);
        if (target.attribute.empty()) return {};
    }
    value = strip_right(value);
    if (!value.empty() && !(value.starts_with('[') && value.ends_with(']') && value.size() > 1))
        return {};
    return target;
}

} // namespace envfix::formats
