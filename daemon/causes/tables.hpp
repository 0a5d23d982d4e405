#pragma once

#include "causes/causes.hpp"

#include <span>

/// The parts of the table, one for each family; causes.cpp puts them together.
namespace envfix::causes {

std::span<const Cause> compiled_causes();    ///< files that were made for another machine or Python
std::span<const Cause> build_causes();       ///< an install that has to compile, and cannot
std::span<const Cause> package_causes();     ///< which packages, of which version
std::span<const Cause> environment_causes(); ///< which interpreter, which folders
std::span<const Cause> outcomes();

} // namespace envfix::causes
