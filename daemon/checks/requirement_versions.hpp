#pragma once

#include "model/chain.hpp"
#include "model/finding.hpp"
#include "model/snapshot.hpp"

namespace envfix::checks {

/// Installed versions against what asks for them, for all that the chain's members bring in (with extras, as in
/// requirements.hpp) and for the project's own lines: package-version-mismatch where another version would do,
/// dependency-conflict where two ask for versions that exclude each other. A warning at most, since metadata is often stricter
/// than the code; and no more than a remark where the system's package manager brought both. Where the chain knows of a conflict
/// of the two, that is the error (known_conflicts.hpp), and nothing is said here; where it only names them, the code is its.
model::Findings requirement_versions(const model::Snapshot& snapshot, const model::Chain& chain);

} // namespace envfix::checks
