#pragma once

#include "model/chain.hpp"
#include "model/finding.hpp"
#include "model/snapshot.hpp"

namespace envfix::checks {

/// Members of the chain over which pip and the system's package manager meet, in system and user environments:
/// distro-package-conflict. Two copies, of which one hides the other; or one that somebody requires in another version, so that
/// pip would have to replace what is not its own. A venv that sees the system's packages may have its own: that is what it is for.
model::Findings distro_packages(const model::Snapshot& snapshot, const model::Chain& chain);

} // namespace envfix::checks
