#pragma once

#include "base/result.hpp"
#include "formats/record.hpp"
#include "fs/status.hpp"
#include "fs/write_tree.hpp"
#include "remedy/transaction.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

/// What a fix changes, file by file. Pure: it sees the environment only through a View.
namespace envfix::remedy {

/// What lies where, below the root of the environment. Paths are relative, without "..".
struct View {
    std::function<std::optional<fs::Status>(const std::string& path)> lstat;
    std::function<std::vector<fs::Entry>(const std::string& folder)>
        names; ///< empty: none, or no folder
};

/// The view of a real tree.
View view_of(const fs::WriteTree& root);

/// An installed distribution of the site folder.
struct InstalledFiles {
    std::string distribution;
    std::string metadata;                  ///< its dist-info folder, relative to the root
    std::optional<formats::Record> record; ///< nothing: it has none
    bool replaced = false; ///< files of the same distribution are to come, so it may have no RECORD
};

/// A file that is to come.
struct Incoming {
    std::string staged; ///< where it lies now, relative to the root
    std::string path;   ///< where it goes, relative to the root

    auto operator<=>(const Incoming&) const = default;
};

struct RenameRequest {
    std::string site;                    ///< relative to the root
    std::vector<InstalledFiles> going;   ///< their files go, unless `incoming` replaces them
    std::vector<InstalledFiles> staying; ///< a file that one of these lists too does not go
    std::vector<Incoming> incoming;
    std::vector<std::string> aside; ///< further files and folders that go as a whole
};

/// Where an entry of RECORD lies, relative to the root. `site` is relative to the root as well.
/// ErrorCode::malformed for one that leads out of the root, into `.envfix`, or nowhere.
Result<std::string> record_path(const std::string& site, const std::string& entry,
                                const std::string& root);

/// Whether an entry of RECORD leads into `.envfix`, which belongs to no distribution.
bool is_in_work_area(const std::string& site, const std::string& entry, const std::string& root);

/// The changes of a transaction, sorted by path: files that RECORD lists, what lies in the
/// dist-info folder, and the bytecode of modules that go. Folders are never moved as a whole but
/// those in `aside`, because distributions share them.
/// ErrorCode::malformed: a RECORD leads out of the environment. not_supported: a distribution
/// without RECORD would have to go, or a folder lies where a file is to come.
Result<std::vector<Change>> list_renames(const RenameRequest& request, const std::string& root,
                                         const View& view);

} // namespace envfix::remedy
