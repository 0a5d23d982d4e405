#pragma once

#include "fs/tree.hpp"

#include <string>
#include <vector>

namespace envfix::capture {

/// What a project says that it needs: `[project] dependencies` of pyproject.toml (PEP 621), `[tool.poetry.dependencies]`,
/// and the lines of requirements.txt that name a project. PEP 508 texts, as written; what cannot be read gives none.
std::vector<std::string> project_requirements(const fs::Tree& tree, const std::string& project);

/// The name under which a project is published, normalized as PEP 503 does: `[project] name` or `[tool.poetry] name` of
/// pyproject.toml, `name` of setup.cfg, a literal `name=` in setup.py. Empty: none of them says it.
std::string project_name(const fs::Tree& tree, const std::string& project);

} // namespace envfix::capture
