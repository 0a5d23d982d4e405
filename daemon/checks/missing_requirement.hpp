#pragma once

#include "model/chain.hpp"
#include "model/finding.hpp"
#include "model/snapshot.hpp"

namespace envfix::checks {

/// `package-not-installed`: a distribution that a member, or the project, requires is not on the path.
model::Findings missing_requirement(const model::Snapshot& snapshot, const model::Chain& chain);

} // namespace envfix::checks
