#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace envfix::formats {

/// One line of requires.txt with the section it stands in.
struct EggRequirement {
    std::string section; ///< "extra", "extra:marker" or ":marker"; empty before the first section
    std::string text;    ///< as written, comments included

    bool operator==(const EggRequirement&) const = default;
};

/// Reads requires.txt as importlib.metadata of 3.10 and later does. Never fails.
std::vector<EggRequirement> parse_egg_requires(std::string_view text);

/// The line as a PEP 508 requirement: section `x:os_name == "nt"` becomes
/// `; (os_name == "nt") and extra == "x"`. A line that has a marker of its own gives one with two
/// semicolons, which no parser takes; importlib.metadata does the same.
std::string as_requirement(const EggRequirement& requirement);

/// The lines of top_level.txt, installed-files.txt or SOURCES.txt, trimmed, without empty ones.
/// Paths of installed-files.txt are relative to the egg-info directory, those of SOURCES.txt to the
/// source tree.
std::vector<std::string> parse_name_list(std::string_view text);

} // namespace envfix::formats
