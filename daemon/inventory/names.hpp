#pragma once

#include "model/environment.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What names and paths say by themselves. Pure.
namespace envfix::inventory {

/// "python3.13", "python3.13t", "pypy3.11": an executable that names its minor version, which is
/// also the name of its folder below lib.
bool is_versioned_python(std::string_view name);

/// The above, and "python", "python3", "pypy", "pypy3".
bool is_python(std::string_view name);

/// Folders that a survey does not enter: what version control, package managers and Python keep
/// there.
bool is_pruned(std::string_view name);

/// Folders inside of an environment that hold its own files only.
bool is_environment_part(std::string_view name);

/// Files and folders that mark a project's own folder: pyproject.toml, .git, requirements.txt …
std::span<const std::string_view> project_marks();

/// "requirements.txt", "pyproject.toml": the files in which a project says which packages it needs.
bool states_requirements(std::string_view name);

/// `path` made absolute against `folder`, with "~" as `home`, and without ".", ".." and doubled
/// slashes. Works on the text alone, as os.path.abspath does.
std::string absolute_path(std::string_view path, std::string_view folder,
                          std::string_view home = {});

std::string join(std::string_view folder, std::string_view name);
std::string_view parent(std::string_view path);                ///< "/" of "/a" and of "/"
std::string_view last_name(std::string_view path);             ///< "a" of "/b/a"; empty of "/"
bool is_below(std::string_view path, std::string_view folder); ///< or the same

/// The parts of a list as in PATH, empty ones left out.
std::vector<std::string_view> split_list(std::string_view list, char separator);

/// An environment with its id. One prefix may have several system interpreters, and one user site
/// several readers: for these two kinds the id is of kind, path and executable (path NUL
/// executable), for all others of kind and path.
model::Environment make_environment(model::EnvironmentKind kind, std::string path,
                                    std::string executable, std::string project = {});

/// Sorted by path and kind, each id once.
void sort_environments(std::vector<model::Environment>& environments);

} // namespace envfix::inventory
