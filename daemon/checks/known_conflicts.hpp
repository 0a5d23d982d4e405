#pragma once

#include "model/chain.hpp"
#include "model/finding.hpp"
#include "model/snapshot.hpp"

namespace envfix::checks {

/// Versions that the chain knows not to work together: httpx-proxy-mismatch, cryptography-pyopenssl-mismatch and others, as
/// the chain says. One finding for each distribution and code.
model::Findings known_conflicts(const model::Snapshot& snapshot, const model::Chain& chain);

} // namespace envfix::checks
