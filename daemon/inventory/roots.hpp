#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace envfix::inventory {

/// Whether a path lies in /dev, /proc or /sys, where nothing is on a disk. An absolute path as below.
bool is_of_kernel(std::string_view path);

/// Whether a folder may be watched as a root of projects. Errors: not_supported for folders that hold the whole machine, where a
/// survey would read everything and watch nobody's projects; the message says what to add instead. An absolute path without
/// ".", ".." and doubled slashes.
Result<void> may_hold_projects(const std::string& path);

} // namespace envfix::inventory
