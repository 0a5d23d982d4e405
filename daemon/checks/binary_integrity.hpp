#pragma once

#include "model/chain.hpp"
#include "model/finding.hpp"
#include "model/snapshot.hpp"

namespace envfix::checks {

/// `corrupt-binary`: a compiled file is empty, cut, or not what RECORD says.
model::Findings binary_integrity(const model::Snapshot& snapshot, const model::Chain& chain);

} // namespace envfix::checks
