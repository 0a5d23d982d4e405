#pragma once

#include "fs/tree.hpp"
#include "inventory/inventory.hpp"
#include "model/environment.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Projects that ask for packages, and which of them have no environment to put them in.
namespace envfix::inventory {

/// Whether the folder says which packages it needs, in a requirements.txt or a pyproject.toml, and leaves it to others where
/// they go. One or two short reads.
bool asks_for_packages(const fs::Tree& tree, const std::string& folder);

/// Whether something in the folder says that its environment lies elsewhere: conda's, pdm's or pyenv's file.
bool is_served_elsewhere(const fs::Tree& tree, const Places& places, const std::string& folder);

/// The projects without an environment: of the folders that ask for packages the outermost ones in the roots, but none that
/// - is the home, hidden, or one of the parts of projects that everywhere list what they alone need (docs, tests, examples);
/// - has an environment in it or below it, lies in one, or has one above it that is made for what lies there;
/// - is named by an environment as its project: virtualenvwrapper's, pipenv's and poetry's lie elsewhere;
/// - was not seen to its end.
/// Each is of kind `project`, with its folder for path and project, and without an executable: whatever `python3` is there
/// belongs to another environment. Pure; the time grows with the number of both, not with their product.
std::vector<model::Environment> projects_without_environment(const ProjectFolders& folders,
                                                             const std::map<std::string, model::Environment>& environments,
                                                             const Places& places);

} // namespace envfix::inventory
