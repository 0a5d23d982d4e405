#pragma once

#include "model/chain.hpp"
#include "model/finding.hpp"
#include "model/snapshot.hpp"

namespace envfix::checks {

/// Members of the chain that were not made for this interpreter as their Requires-Python or the tags of their WHEEL say:
/// no-wheel-for-python. A warning, as such a file often works all the same; where it does not, other checks see that.
model::Findings wheel_fit(const model::Snapshot& snapshot, const model::Chain& chain);

} // namespace envfix::checks
