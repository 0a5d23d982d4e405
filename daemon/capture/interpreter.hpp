#pragma once

#include "base/result.hpp"
#include "fs/tree.hpp"
#include "model/interpreter.hpp"

#include <string>

namespace envfix::capture {

/// Describes the Python behind `executable` (absolute, as it would be typed) from its binary, the
/// pyvenv.cfg beside it and its standard library; it is never started. What cannot be told is left
/// empty. ErrorCode::not_found where nothing is there or a link dangles, malformed for what is no
/// ELF file or no Python.
Result<model::Interpreter> describe_interpreter(const fs::Tree& tree,
                                                const std::string& executable);

} // namespace envfix::capture
