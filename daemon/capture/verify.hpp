#pragma once

#include "capture/folder_view.hpp"
#include "capture/hash_cache.hpp"
#include "fs/tree.hpp"
#include "model/snapshot.hpp"

#include <cstdint>
#include <vector>

namespace envfix::capture {

/// What differs between the RECORD of a distribution and the disk, in RECORD's order, at most 1,000 files. Every file's
/// presence and size are compared; the SHA-256 of compiled files too, unless `hashes` knows it. Byte-compiled
/// files do not count: Python writes and removes them as it likes. Of a Python source of another size, `actual` also says what
/// keeps every Python from compiling it, where that is known: "1230; a zero byte in line 3". `now_ns` is the wall clock's nanoseconds since the epoch.
/// `folders` are those of the sys.path, of which one holds the distribution.
std::vector<model::DamagedFile> verify_record(const fs::Tree& tree, const FolderViews& folders,
                                              const model::Distribution& distribution, HashCache& hashes,
                                              std::int64_t now_ns);

/// As `actual` above, of a Python source that is in place; empty: there is nothing that would keep Python from compiling it, as
/// far as can be told. Errors: as of fs::Tree::read.
Result<std::string> fault_in_source(const fs::Tree& tree, const std::string& path, const Recall& recall);

} // namespace envfix::capture
