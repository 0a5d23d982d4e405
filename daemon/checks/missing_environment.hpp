#pragma once

#include "model/chain.hpp"
#include "model/finding.hpp"
#include "model/snapshot.hpp"

namespace envfix::checks {

/// package-not-installed, as one warning: a project that has no environment, and what it asks for the Python that `python3`
/// means there does not have. Of nothing but projects. Nobody may have set the project up on purpose, so it is no error.
model::Findings missing_environment(const model::Snapshot& snapshot, const model::Chain& chain);

} // namespace envfix::checks
