#pragma once

#include "base/result.hpp"

#include <string>

namespace envfix::inventory {

/// Whether a folder may be watched as a root of projects. Errors: not_supported for folders that hold the whole machine, where a
/// survey would read everything and watch nobody's projects; the message says what to add instead. An absolute path without
/// ".", ".." and doubled slashes.
Result<void> may_hold_projects(const std::string& path);

} // namespace envfix::inventory
