#pragma once

#include "model/chain.hpp"
#include "model/finding.hpp"
#include "model/snapshot.hpp"

namespace envfix::checks {

/// `cffi-backend-missing`, `cffi-backend-abi-mismatch`, `cryptography-binding-missing`, `extension-abi-mismatch`:
/// a compiled module that the chain needs is absent, or was made for another Python. The chain names the code.
model::Findings extension_presence(const model::Snapshot& snapshot, const model::Chain& chain);

} // namespace envfix::checks
