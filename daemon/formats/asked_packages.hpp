#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace envfix::formats {

/// The logical lines of a requirements.txt as pip reads them: lines that end in a backslash joined, comments and blank
/// lines left out, blanks at both ends gone. Options are lines like all others. The first `most` of them.
std::vector<std::string> requirement_lines(std::string_view text, std::size_t most);

/// Whether a pyproject.toml lists packages that the project needs to run: `dependencies` of `[project]` (PEP 621), or
/// `[tool.poetry.dependencies]` beside its python. A look at the lines, for those who have thousands of these files before
/// them: what an unusual spelling of TOML hides is not seen. False as well where the environments of the project are kept
/// elsewhere by its tool (`[tool.hatch.envs…]`).
bool pyproject_lists_packages(std::string_view text);

} // namespace envfix::formats
