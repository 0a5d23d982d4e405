#pragma once

#include "model/chain.hpp"
#include "model/finding.hpp"
#include "model/snapshot.hpp"

namespace envfix::checks {

/// `cffi-version-mismatch`: the Python half of a package and its compiled half state different versions.
model::Findings version_halves(const model::Snapshot& snapshot, const model::Chain& chain);

} // namespace envfix::checks
