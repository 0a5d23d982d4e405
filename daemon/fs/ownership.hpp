#pragma once

#include "base/result.hpp"

#include <string>

namespace envfix::fs {

/// Whether nobody but root and the user of this process can exchange what lies at an absolute path (THREATS.md F5): it and
/// every folder above it, links followed, belong to one of them, and nobody else may write there, sticky folders excepted.
/// The user's private group, which has his name and no other member, is himself. ErrorCode::denied names the folder, why,
/// and what to do.
Result<void> check_unshared(const std::string& path);

} // namespace envfix::fs
