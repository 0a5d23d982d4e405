#pragma once

#include "fs/tree.hpp"

#include <string>
#include <vector>

namespace envfix::capture {

/// Everything that a project says it needs, also what only one tool understands: `[project]` of pyproject.toml, or else
/// poetry's own table, then the lines of requirements.txt. Requirements as written; `requires-python` as one for "python";
/// of poetry's table "name = constraint"; options of pip as they stand. Each once, in this order, 1000 at most.
std::vector<std::string> stated_requirements(const fs::Tree& tree, const std::string& project);

} // namespace envfix::capture
