#pragma once

#include "model/chain.hpp"
#include "model/finding.hpp"
#include "model/snapshot.hpp"

namespace envfix::checks {

/// `interrupted-install`: leftovers of a killed installer, two metadata folders of one name, files of RECORD gone.
model::Findings interrupted_install(const model::Snapshot& snapshot, const model::Chain& chain);

} // namespace envfix::checks
