#pragma once

#include "model/chain.hpp"
#include "model/finding.hpp"
#include "model/snapshot.hpp"

namespace envfix::checks {

/// `libffi-runtime-missing`, `openssl-abi-mismatch`, `libc-mismatch`, `extension-abi-mismatch`: a compiled module of the chain
/// is there, made for this machine, and the dynamic loader would refuse it for a library, a version or a symbol.
model::Findings library_loading(const model::Snapshot& snapshot, const model::Chain& chain);

} // namespace envfix::checks
