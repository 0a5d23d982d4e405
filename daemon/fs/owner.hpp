#pragma once

#include "base/result.hpp"

#include <functional>
#include <string>
#include <sys/types.h>

namespace envfix::fs {

/// Whose what lies at an absolute path is, links followed.
Result<uid_t> owner_of(const std::string& path);

/// Whether what lies at an absolute path is what root put there: it and every folder above it, links followed, belong to root,
/// and not everybody may write there, sticky folders excepted. Groups are root's to fill (Debian's `staff` may write below
/// /usr/local). What is not there is nobody's. ErrorCode::denied names the folder and why.
Result<void> check_only_root_writes(const std::string& path);

/// The first objection of `check` to what lies at an absolute path or to a folder above it, links followed; the error of the
/// look where the path itself cannot be followed.
Result<void> check_each_above(const std::string& path, const std::function<Result<void>(const std::string&)>& check);

} // namespace envfix::fs
