#include "formats/pyvenv_cfg.hpp"

#include "formats/python_text.hpp"

#include <algorithm>
#include <utility>

namespace envfix::formats {

namespace {

/// As wcstok(3): skips leading delimiters, ends the token at the next one and steps over it.
std::optional<std::string_view> token(std::string_view& rest, std::string_view delimiters)
{
    const auto begin = rest.find_first_not_of(delimiters);
    if (begin == std::string_view::npos) return {};
    const auto end = std::min(rest.find_first_of(delimiters, begin), rest.size());
    const auto found = rest.substr(begin, end - begin);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return found;
}

/// The C start-up code of 3.10 and earlier. It reads with fgets, so only \n ends a line, and gives
/// up at a line that is not ended.
std::optional<std::string> home_of_c_startup(std::string_view bytes)
{
    for (auto end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
        auto line = bytes.substr(0, end);
        bytes.remove_prefix(end + 1);
        if (line.starts_with('#') || token(line, " \t\r\n") != "home") continue;
        if (token(line, " \t") != "=") continue;
        if (const auto value = token(line, "\r\n")) return std::string(*value);
    }
    return {};
}

} // namespace

std::optional<std::string_view> PyvenvCfg::last(std::string_view key) const
{
    const auto found = std::find_if(entries.rbegin(), entries.rend(),
                                    [key](const PyvenvEntry& entry) { return entry.key == key; });
    if (found == entries.rend()) return {};
    return found->value;
}

std::optional<bool> PyvenvCfg::include_system_site_packages() const
{
    const auto value = last("include-system-site-packages");
    if (!value) return {};
    return equal_ignoring_case(*value, "true");
}

PyvenvCfg parse_pyvenv_cfg(std::string_view bytes)
{
    PyvenvCfg cfg{.entries = {}, .not_utf8 = !is_utf8(bytes)};
    Lines lines(bytes);
    std::string_view line;
    while (lines.next(line)) {
        const auto equals = line.find('=');
        if (equals == std::string_view::npos) continue;
        cfg.entries.push_back({ascii_lower(strip(line.substr(0, equals))),
                               std::string(strip(line.substr(equals + 1)))});
    }
    return cfg;
}

std::optional<std::string> home_at_startup(std::string_view bytes, int minor)
{
    if (minor <= 10) return home_of_c_startup(bytes);
    for (auto& entry : parse_pyvenv_cfg(bytes).entries)
        if (entry.key == "home") return std::move(entry.value);
    return {};
}

} // namespace envfix::formats
