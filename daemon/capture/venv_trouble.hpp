#pragma once

#include "base/result.hpp"
#include "fs/tree.hpp"
#include "model/snapshot.hpp"

#include <string>
#include <vector>

namespace envfix::capture {

/// What is wrong with the way into an environment: its executable gone, dangling or no program. Kind::none where it
/// leads to a regular file that may be executed. ErrorCode::denied where we may not go as far as that: what lies there, nobody
/// who is kept out can tell.
Result<model::InterpreterTrouble> executable_trouble(const fs::Tree& tree, const model::Environment& environment);

/// The pythonX.Y folders below a venv's lib that hold site-packages, sorted: what its packages were installed for.
std::vector<std::string> library_versions(const fs::Tree& tree, const std::string& prefix);

/// Whether the venv's Python is of another minor version than the folder that its packages lie in, or pyvenv.cfg's `home`
/// leads nowhere. Kind::none where all is well, and for anything but a venv.
model::InterpreterTrouble venv_trouble(const fs::Tree& tree, const model::Environment& environment,
                                       const model::Interpreter& interpreter);

} // namespace envfix::capture
