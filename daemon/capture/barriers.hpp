#pragma once

#include "capture/folder_view.hpp"
#include "fs/tree.hpp"
#include "model/snapshot.hpp"

#include <string>
#include <vector>

namespace envfix::capture {

/// What keeps the environment's user from its files: a mount that forbids to execute where compiled
/// modules lie, folders and files that their mode keeps him from reading, site folders that he
/// cannot write to. The user is the owner of the environment; of one that is root's nothing is said of rights: what we
/// cannot read there could not be checked. A handful of calls.
std::vector<model::Barrier> find_barriers(const fs::Tree& tree, const FolderViews& folders,
                                          const model::Snapshot& snapshot);

} // namespace envfix::capture
