#pragma once

#include "app/judge.hpp"
#include "remedy/store.hpp"

#include <vector>

namespace envfix::service {

/// What the store is to keep of a healthy environment: the chain's distributions that have a RECORD, each file with the hash
/// that RECORD states. Byte-compiled files do not count. Reads RECORD, nothing else.
std::vector<remedy::KeepRequest> keep_requests(const fs::Tree& tree, const model::Snapshot& snapshot);

} // namespace envfix::service
