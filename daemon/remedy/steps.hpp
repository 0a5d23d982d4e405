#pragma once

#include "fs/write_tree.hpp"
#include "remedy/operation.hpp"

#include <string>
#include <vector>

/// What ending a transaction takes, whether in the run itself or after a crash. Each may be
/// repeated after any interruption. Inside of this module only.
namespace envfix::remedy {

/// Makes the bytes that are to be placed durable, before the list of renames is.
Result<void> sync_staged(const fs::WriteTree& root, const Operations& operations);

/// Makes the renames durable.
Result<void> sync_changed(const fs::WriteTree& root, const Operations& operations);

/// Writes what a later undo needs.
Result<void> write_manifest(const fs::WriteTree& root, const Operations& operations);

/// Writes down what is left in the backup of a run that was taken back, because somebody else has
/// its place: it ages like any other, but is not undone.
Result<void> write_leftover_manifest(const fs::WriteTree& root, const Operations& operations);

/// After `committed` is on disk: the stage goes, and the backup of what was undone.
Result<void> clean_up_committed(const fs::WriteTree& root, const Operations& operations);

/// All back, durable, the stage gone and the backup, too, unless some of `kept` needs it. Goes on
/// past an error to bring back all that can be, tries once more, and gives the first one.
Result<void> revert_all(const fs::WriteTree& root, const Operations& operations,
                        std::vector<std::string>& kept);

} // namespace envfix::remedy
