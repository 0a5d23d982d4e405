#pragma once

#include "capture/folder_view.hpp"
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

/// Reads the metadata of every distribution in these folders ("Recording installed projects", PyPA).
Installed read_distributions(const FolderViews& folders);

/// Who installed it, as its INSTALLER says; empty where that says nothing.
std::string installer_of(const fs::Tree& tree, const model::Distribution& distribution, const Recall& recall);

} // namespace envfix::capture
