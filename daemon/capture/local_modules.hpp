#pragma once

#include "capture/looked.hpp"
#include "capture/project_folders.hpp"
#include "model/chain.hpp"
#include "model/snapshot.hpp"

#include <string>
#include <vector>

namespace envfix::capture {

/// The first parts of the modules that the chain's links bring: "cryptography", "_cffi_backend".
/// Sorted.
std::vector<std::string> top_modules(const model::Chain& chain);

/// The project's own files and folders that have the name of a module of the chain, where Python
/// looks first: in the project's folder, and in those below it that hold a program. Not those of a
/// project that is the package itself.
std::vector<model::LocalModule> find_local_modules(Looked& looked,
                                                   const std::vector<ProjectFolder>& folders,
                                                   const model::Environment& environment,
                                                   const model::Interpreter& interpreter,
                                                   const model::Chain& chain);

} // namespace envfix::capture
