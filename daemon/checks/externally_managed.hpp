#pragma once

#include "model/chain.hpp"
#include "model/finding.hpp"
#include "model/snapshot.hpp"

namespace envfix::checks {

/// PEP 668: pip refuses to install into this interpreter. A remark: nothing is wrong with such an environment.
model::Findings externally_managed(const model::Snapshot& snapshot, const model::Chain& chain);

} // namespace envfix::checks
