#pragma once

#include "model/chain.hpp"
#include "model/finding.hpp"
#include "model/snapshot.hpp"

namespace envfix::checks {

/// `wrong-architecture`: a compiled module of the chain was made for another CPU or operating system.
model::Findings binary_architecture(const model::Snapshot& snapshot, const model::Chain& chain);

/// Whether a compiled file was made for another CPU, word size or operating system than the interpreter.
bool is_foreign(const model::BinaryFile& file, const model::Interpreter& interpreter);

} // namespace envfix::checks
