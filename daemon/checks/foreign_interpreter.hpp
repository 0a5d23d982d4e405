#pragma once

#include "model/chain.hpp"
#include "model/finding.hpp"
#include "model/snapshot.hpp"

namespace envfix::checks {

/// `wrong-interpreter`: programs of the environment are started by another Python, which has not
/// the packages that are here. `venv-interpreter-missing`, a warning: the commands of a venv name a
/// Python that is gone, as after the venv was moved.
model::Findings foreign_interpreter(const model::Snapshot& snapshot, const model::Chain& chain);

} // namespace envfix::checks
