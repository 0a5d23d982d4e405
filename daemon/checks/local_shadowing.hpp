#pragma once

#include "model/chain.hpp"
#include "model/finding.hpp"
#include "model/snapshot.hpp"

namespace envfix::checks {

/// `local-module-shadowing`: a file or folder of the project has the name of a package of the
/// chain, and a program that is started there takes it for the package. A warning where the package
/// is there, an error where it is wanted and absent.
model::Findings local_shadowing(const model::Snapshot& snapshot, const model::Chain& chain);

} // namespace envfix::checks
