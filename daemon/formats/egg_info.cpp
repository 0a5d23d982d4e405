#include "formats/egg_info.hpp"

#include "formats/python_text.hpp"
#include "formats/sections.hpp"

namespace envfix::formats {

std::vector<EggRequirement> parse_egg_requires(std::string_view text)
{
    std::vector<EggRequirement> out;
    SectionLines lines(text);
    std::string_view line;
    while (lines.next(line))
        out.push_back({std::string(lines.section().value_or("")), std::string(line)});
    return out;
}

std::string as_requirement(const EggRequirement& requirement)
{
    const std::string_view section = requirement.section;
    const auto colon = section.find(':');
    const auto extra = section.substr(0, colon);
    const auto marker = colon == std::string_view::npos ? "" : section.substr(colon + 1);

    auto out = requirement.text;
    // A URL would swallow the semicolon: it ends at white space.
    if (out.find('@') != std::string::npos) out += ' ';
    if (!marker.empty() || !extra.empty()) out += "; ";
    if (extra.empty()) return out.append(marker);
    if (!marker.empty()) out.append("(").append(marker).append(") and ");
    return out.append("extra == \"").append(extra).append("\"");
}

std::vector<std::string> parse_name_list(std::string_view text)
{
    std::vector<std::string> out;
    Lines lines(text, LineEnds::unicode);
    std::string_view line;
    while (lines.next(line))
        if (const auto name = strip(line); !name.empty()) out.emplace_back(name);
    return out;
}

} // namespace envfix::formats
