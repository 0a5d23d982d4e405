#pragma once

#include "model/chain.hpp"
#include "model/finding.hpp"
#include "model/snapshot.hpp"

namespace envfix::checks {

/// `mixed-site-packages`: members of the chain come from several installs at once.
model::Findings mixed_sites(const model::Snapshot& snapshot, const model::Chain& chain);

} // namespace envfix::checks
