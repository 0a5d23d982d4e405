#include "formats/dist_names.hpp"

#include "formats/python_text.hpp"

#include <array>
#include <utility>

namespace envfix::formats {

namespace {

constexpr std::array<std::pair<std::string_view, DistKind>, 4> k_suffixes{
    {{".dist-info", DistKind::dist_info},
     {".egg-info", DistKind::egg_info},
     {".egg", DistKind::egg},
     {".egg-link", DistKind::egg_link}}};

bool is_separator(char c)
{
    return c == '-' || c == '_' || c == '.';
}

} // namespace

DistName parse_dist_name(std::string_view entry)
{
    for (const auto& [suffix, kind] : k_suffixes) {
        if (entry.size() < suffix.size()) continue;
        const auto stem = entry.substr(0, entry.size() - suffix.size());
        if (!equal_ignoring_case(entry.substr(stem.size()), suffix)) continue;
        DistName out{.kind = kind, .name = std::string(stem), .version = {}, .leftover = false};
        out.leftover = stem.starts_with('~') || stem.starts_with('-');
        const auto dash = stem.find('-');
        if (kind == DistKind::egg_link || dash == std::string_view::npos) return out;
        out.name = stem.substr(0, dash);
        out.version = stem.substr(dash + 1, stem.find('-', dash + 1) - dash - 1);
        return out;
    }
    return {};
}

NameRule name_rule_of(int major, int minor)
{
    return std::pair(major, minor) < std::pair(3, 10) ? NameRule::legacy : NameRule::pep503;
}

std::string comparable_name(std::string_view name, NameRule rule)
{
    std::string out;
    out.reserve(name.size());
    for (const char c : ascii_lower(name)) {
        if (rule == NameRule::legacy)
            out += c == '-' ? '_' : c;
        else if (!is_separator(c))
            out += c;
        else if (out.empty() || out.back() != '_')
            out += '_';
    }
    return out;
}

bool entry_matches(std::string_view entry, std::string_view name, NameRule rule)
{
    const auto parsed = parse_dist_name(entry);
    if (parsed.kind != DistKind::dist_info && parsed.kind != DistKind::egg_info) return false;
    const auto wanted = comparable_name(name, rule);
    if (rule == NameRule::pep503) return comparable_name(parsed.name, rule) == wanted;
    // 3.8 and 3.9 normalise what they are asked for, not what lies there, and do not cut the name
    // out of the entry: they compare prefixes.
    const auto lower = ascii_lower(entry);
    return lower.starts_with(wanted + '-') || lower == wanted + ".dist-info" ||
           lower == wanted + ".egg-info";
}

} // namespace envfix::formats
