#pragma once

#include "capture/folder_view.hpp"
#include "model/snapshot.hpp"

#include <string>

namespace envfix::capture {

/// Which file an import of `module` would take, what it hides further down the path, and which compiled files of that
/// module this interpreter does not look at. Nothing is run.
model::ModuleFile find_module_file(const fs::Tree& tree, const FolderViews& folders,
                                   const model::Interpreter& interpreter, const std::string& module);

} // namespace envfix::capture
