#pragma once

#include "fs/fs.hpp"
#include "model/snapshot.hpp"

#include <vector>

namespace envfix::capture {

/// What lies in the folders of a sys.path that is installed there.
struct Installed {
    std::vector<model::Distribution> distributions; ///< by sys.path order, then folder name
    std::vector<model::Leftover> leftovers;
    std::vector<std::string> incomplete;     ///< dist-info folders without RECORD and INSTALLER
    std::vector<model::Unreadable> unreadable;
    bool truncated = false;                  ///< more dist-infos than are read (5,000)
};

/// Reads the metadata of every distribution on the path ("Recording installed projects", PyPA). Entries of the
/// standard library are passed over.
Installed read_distributions(const fs::Tree& tree, const std::vector<model::PathEntry>& sys_path,
                             const model::Interpreter& interpreter);

} // namespace envfix::capture
