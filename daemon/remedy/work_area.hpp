#pragma once

#include "base/result.hpp"
#include "fs/write_tree.hpp"

#include <string>

/// The folder `.envfix` in an environment's prefix: where things lie in it.
namespace envfix::remedy {

constexpr const char* k_work_area = ".envfix";

/// ".envfix/stage/<run>": what is built beside the environment.
std::string stage_path(const std::string& run);
/// ".envfix/backup/<run>": what a run displaced.
std::string backup_path(const std::string& run);

/// True for 1 to 64 characters of [0-9a-z-]: what may name a run's folders.
bool is_run_id(const std::string& run);

/// Whether the work area is ours to use: folders of this process's user that nobody else may write in. What somebody else
/// put in its place is his: it is neither removed nor followed, and ErrorCode::not_supported or denied says what it is and
/// what to do about it.
Result<void> check_work_area(const fs::WriteTree& root);

/// ErrorCode::no_space below 64 MiB: then nothing is begun, since a full disk in the middle costs more than waiting.
Result<void> check_room_for_fix(const fs::WriteTree& root);

/// Makes the empty folder stage_path(run), 0700. ErrorCode::not_supported where the work area is
/// not a folder on the root's own mount.
Result<void> make_stage(const fs::WriteTree& root, const std::string& run);

/// Removes a stage with all that is in it, and the work area where it is empty then. No stage:
/// well.
Result<void> remove_stage(const fs::WriteTree& root, const std::string& run);

/// Removes `.envfix` and its folders where they are empty.
void tidy_work_area(const fs::WriteTree& root);

} // namespace envfix::remedy
