#pragma once

#include "model/chain.hpp"
#include "model/finding.hpp"
#include "model/snapshot.hpp"

namespace envfix::checks {

/// `interpreter-mode-unsupported`: a free-threaded Python with a cffi below 2, which refuses it, or with a module for the
/// limited API of the ordinary build, which ends it with a segmentation fault.
model::Findings interpreter_mode(const model::Snapshot& snapshot, const model::Chain& chain);

} // namespace envfix::checks
