#pragma once

#include "model/chain.hpp"
#include "model/finding.hpp"
#include "model/snapshot.hpp"

namespace envfix::checks {

/// `jwt-wrong-distribution`: another project that installs the same folder lies over, or instead of, a member.
model::Findings wrong_distribution(const model::Snapshot& snapshot, const model::Chain& chain);

} // namespace envfix::checks
