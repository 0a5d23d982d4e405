#pragma once

#include "app/judge.hpp"
#include "remedy/store.hpp"

#include <optional>
#include <string>
#include <vector>

namespace envfix::service {

/// What the store is to keep of a healthy environment: the chain's distributions that are whole and have a RECORD.
std::vector<model::Distribution> worth_keeping(const model::Snapshot& snapshot);

/// How one of them is kept: each file with the hash that RECORD states. Byte-compiled files do not count. Reads RECORD, nothing
/// else; gives nothing where that cannot be read.
std::optional<remedy::KeepRequest> keep_request(const fs::Tree& tree, const model::Distribution& distribution,
                                                const std::string& soabi);

} // namespace envfix::service
