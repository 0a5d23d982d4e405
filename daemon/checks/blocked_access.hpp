#pragma once

#include "model/chain.hpp"
#include "model/finding.hpp"
#include "model/snapshot.hpp"

namespace envfix::checks {

/// `execution-blocked`: compiled modules lie on a mount that forbids to execute.
/// `install-location-unusable`: the environment's user may not read its files, or not write to its
/// folders.
model::Findings blocked_access(const model::Snapshot& snapshot, const model::Chain& chain);

} // namespace envfix::checks
