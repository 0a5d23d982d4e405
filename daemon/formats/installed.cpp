#include "formats/installed.hpp"

#include "formats/egg_info.hpp"
#include "formats/metadata.hpp"
#include "formats/python_text.hpp"

#include <algorithm>
#include <utility>

namespace envfix::formats {

namespace {

std::string_view last_component(std::string_view path)
{
    return path.substr(path.rfind('/') + 1); // npos + 1 is 0
}

bool is_info(std::string_view name)
{
    const auto kind = parse_dist_name(name).kind;
    return kind == DistKind::dist_info || kind == DistKind::egg_info;
}

/// An egg that is itself on sys.path: its metadata lie in EGG-INFO, its name is that of the egg.
bool is_egg_metadata(const DistName& egg, std::string_view name)
{
    return egg.kind == DistKind::egg && equal_ignoring_case(name, "egg-info");
}

bool egg_matches(const DistName& egg, std::string_view wanted, NameRule rule)
{
    if (rule == NameRule::legacy) // only what is asked for is normalised there
        return ascii_lower(egg.name) == comparable_name(wanted, rule);
    // Eggs alone are compared by the old rule in later versions too, on both sides.
    return comparable_name(egg.name, NameRule::legacy) == comparable_name(wanted, NameRule::legacy);
}

} // namespace

std::vector<DistPlace> all_distributions(std::span<const SiteListing> path)
{
    std::vector<DistPlace> out;
    for (std::size_t i = 0; i < path.size(); ++i) {
        const auto egg = parse_dist_name(last_component(path[i].path));
        for (const auto& name : path[i].names)
            if (is_info(name) || is_egg_metadata(egg, name)) out.push_back({i, name});
    }
    return out;
}

std::vector<DistPlace> find_distributions(std::span<const SiteListing> path, std::string_view name,
                                          NameRule rule)
{
    auto out = all_distributions(path);
    std::erase_if(out, [&](const DistPlace& place) {
        if (is_info(place.name)) return !entry_matches(place.name, name, rule);
        return !egg_matches(parse_dist_name(last_component(path[place.entry].path)), name, rule);
    });
    return out;
}

std::optional<std::string> read_core_metadata(const ReadDistFile& read)
{
    for (const std::string_view file : {"METADATA", "PKG-INFO", ""})
        if (auto text = read(file); text && !text->empty()) return text;
    return {};
}

std::optional<std::vector<std::string>> read_requirements(std::string_view core_metadata,
                                                          const ReadDistFile& read)
{
    auto core = parse_core_metadata(core_metadata);
    if (!core.requires_dist.empty()) return std::move(core.requires_dist);
    const auto text = read("requires.txt");
    if (!text) return {};
    std::vector<std::string> out;
    for (const auto& requirement : parse_egg_requires(*text))
        out.push_back(as_requirement(requirement));
    return out;
}

} // namespace envfix::formats
