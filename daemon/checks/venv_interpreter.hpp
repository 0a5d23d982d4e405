#pragma once

#include "model/chain.hpp"
#include "model/finding.hpp"
#include "model/snapshot.hpp"

namespace envfix::checks {

/// `venv-interpreter-missing`: the venv's Python points nowhere, or to another version than its folders.
model::Findings venv_interpreter(const model::Snapshot& snapshot, const model::Chain& chain);

} // namespace envfix::checks
