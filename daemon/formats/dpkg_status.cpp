#include "formats/dpkg_status.hpp"

namespace envfix::formats {

namespace {

/// Takes a line off the front; the last one may have no end.
std::string_view take_line(std::string_view& rest)
{
    const auto end = rest.find('\n');
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return line;
}

/// The value of a field, where this line is that field.
std::optional<std::string_view> value_in(std::string_view line, std::string_view field)
{
    if (!line.starts_with(field)) return std::nullopt;
    line.remove_prefix(field.size());
    if (!line.starts_with(':')) return std::nullopt;
    line.remove_prefix(1);
    while (line.starts_with(' ')) line.remove_prefix(1);
    while (line.ends_with(' ') || line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

/// "install ok installed": the last word is what has been reached.
bool is_installed(std::string_view state)
{
    return state.ends_with(" ok installed");
}

} // namespace

std::optional<std::string> installed_version(std::string_view status, std::string_view package)
{
    while (!status.empty()) {
        bool is_it = false;
        bool installed = false;
        std::optional<std::string_view> version;
        for (;;) { // one paragraph, until an empty line
            const auto line = take_line(status);
            if (line.empty()) break;
            if (const auto name = value_in(line, "Package")) is_it = *name == package;
            if (const auto state = value_in(line, "Status")) installed = is_installed(*state);
            if (const auto value = value_in(line, "Version")) version = *value;
        }
        if (is_it && installed && version) return std::string(*version);
    }
    return std::nullopt;
}

} // namespace envfix::formats
