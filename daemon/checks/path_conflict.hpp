#pragma once

#include "model/chain.hpp"
#include "model/finding.hpp"
#include "model/snapshot.hpp"

namespace envfix::checks {

/// `pythonpath-conflict`: a variable, or a line of a .pth file, brings in packages or libraries
/// from outside of the environment. An error where the chain would not import under it.
model::Findings path_conflict(const model::Snapshot& snapshot, const model::Chain& chain);

} // namespace envfix::checks
