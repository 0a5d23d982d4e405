#pragma once

#include "fs/tree.hpp"
#include "inventory/inventory.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::inventory {

/// The version names in a `.python-version` file: one or more, blanks or lines between, `#`
/// comments. Names that could lead out of pyenv's folder are left out. Pure.
std::vector<std::string> parse_python_version(std::string_view text);

/// The one of `names` that pyenv takes for `wanted`: the same, or for "3.11" the newest "3.11.x".
std::optional<std::string> match_version(const std::vector<std::string>& names,
                                         std::string_view wanted);

/// The Python that pyenv's shim would start in `folder`: by the nearest `.python-version`, or else
/// by pyenv's global `version`. Nothing where that is the system's Python or there is none.
std::optional<std::string> pyenv_python(const fs::Tree& tree, const Places& places,
                                        const std::string& folder);

} // namespace envfix::inventory
