#pragma once

#include "fs/tree.hpp"
#include "model/snapshot.hpp"

#include <string>

namespace envfix::service {

/// Who wrote a distribution of the chain last, as far as INSTALLER and the time of its metadata tell: "pip wrote cffi 1.16.0
/// last, 2026-11-22 20:06 UTC". Empty where no distribution of the chain is installed.
std::string last_writer(const fs::Tree& tree, const model::Snapshot& snapshot);

} // namespace envfix::service
