#pragma once

#include "base/result.hpp"

#include <string>
#include <sys/types.h>

namespace envfix::fs {

/// Whether nobody but root and the user of this process can exchange what lies at an absolute path (THREATS.md F5): it and
/// every folder above it, links followed, belong to one of them, and nobody else may write there, sticky folders excepted.
/// The user's private group, which has his name and no other member, is himself. ErrorCode::denied names the folder, why,
/// and what to do.
Result<void> check_unshared(const std::string& path);

/// Whose what lies at an absolute path is, links followed.
Result<uid_t> owner_of(const std::string& path);

/// Whether what lies at an absolute path is what root put there: it and every folder above it, links followed, belong to root,
/// and not everybody may write there, sticky folders excepted. Groups are root's to fill (Debian's `staff` may write below
/// /usr/local). What is not there is nobody's. ErrorCode::denied names the folder and why.
Result<void> check_only_root_writes(const std::string& path);

} // namespace envfix::fs
