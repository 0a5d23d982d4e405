#include "remedy/steps.hpp"

#include "fs/fault.hpp"
#include "remedy/arrange.hpp"
#include "remedy/manifest.hpp"
#include "remedy/work_area.hpp"

#include <algorithm>
#include <set>

namespace envfix::remedy {

namespace {

/// From here on, one sync of the whole file system is cheaper than one for each file.
constexpr std::size_t k_few = 8;

bool moves(const Operation& operation)
{
    return operation.kind == Operation::Kind::displace ||
           operation.kind == Operation::Kind::place || operation.kind == Operation::Kind::exchange;
}

/// A folder that is gone has nothing left to be made durable.
Result<void> unless_gone(Result<void> result)
{
    if (!result && result.error().code == ErrorCode::not_found) return {};
    return result;
}

std::set<std::string> changed_folders(const Operations& operations)
{
    std::set<std::string> folders;
    for (const auto& operation : operations.list) {
        if (!operation.from.empty()) folders.insert(fs::parent_of(operation.from));
        if (!operation.to.empty()) folders.insert(fs::parent_of(operation.to));
    }
    return folders;
}

/// The folders that displaced files come back to. Where none does, as when somebody made the
/// environment anew, no folder is made either.
std::set<std::string> folders_to_refill(const fs::WriteTree& root, const Operations& operations)
{
    std::set<std::string> folders;
    for (const auto& operation : operations.list) {
        if (operation.kind != Operation::Kind::displace || !root.exists(operation.to)) continue;
        for (auto folder = fs::parent_of(operation.from); !folder.empty();
             folder = fs::parent_of(folder))
            folders.insert(folder);
    }
    return folders;
}

/// The folders of a backup that hold nothing any more, the deepest first.
void remove_empty_backup(const fs::WriteTree& root, const Operations& operations)
{
    const auto backup = backup_path(operations.run);
    std::set<std::string> folders{backup, backup + "/files"};
    for (const auto& operation : operations.list) {
        if (operation.kind != Operation::Kind::displace) continue;
        for (auto folder = fs::parent_of(operation.to); folder.size() > backup.size();
             folder = fs::parent_of(folder))
            folders.insert(folder);
    }
    for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder)
        static_cast<void>(root.remove_empty_directory(*folder));
}

} // namespace

Result<void> sync_staged(const fs::WriteTree& root, const Operations& operations)
{
    ENVFIX_FAULT_POINT("transaction.sync-staged");
    if (!operations.undoes.empty()) return {}; // a backup has been durable since it was made
    std::size_t files = 0;
    bool folders = false;
    for (const auto& operation : operations.list) {
        if (operation.kind == Operation::Kind::displace || !moves(operation)) continue;
        ++files;
        folders = folders || operation.moved.type == fs::FileType::directory;
    }
    if (files > k_few || folders) return root.sync_file_system();
    for (const auto& operation : operations.list) {
        if (operation.kind != Operation::Kind::place) continue;
        if (operation.moved.type == fs::FileType::regular)
            ENVFIX_CHECK(root.sync_file(operation.from));
        ENVFIX_CHECK(root.sync_directory(fs::parent_of(operation.from)));
    }
    return {};
}

Result<void> sync_changed(const fs::WriteTree& root, const Operations& operations)
{
    const auto folders = changed_folders(operations);
    if (folders.size() > k_few) return root.sync_file_system();
    for (const auto& folder : folders)
        ENVFIX_CHECK(unless_gone(root.sync_directory(folder)));
    return {};
}

namespace {

Backup begin_manifest(const fs::WriteTree& root, const Operations& operations)
{
    Backup backup;
    backup.run = operations.run;
    backup.undoes = operations.undoes;
    backup.made_s = operations.made_s;
    backup.sites = operations.sites;
    const auto earlier = read_backups(root);
    backup.sequence = earlier.empty() ? 1 : earlier.back().sequence + 1;
    return backup;
}

Result<void> put_manifest(const fs::WriteTree& root, Backup backup,
                          std::map<std::string, BackupEntry> entries)
{
    for (auto& [path, entry] : entries) {
        entry.path = path;
        backup.bytes += entry.old.size;
        backup.entries.push_back(std::move(entry));
    }
    ENVFIX_CHECK(root.make_directories(backup_path(backup.run)));
    return root.atomic_replace(manifest_path(backup.run), to_text(backup), 0600);
}

/// The path that a displaced file had.
std::string path_of(const Operations& operations, const Operation& displace)
{
    return displace.to.substr(backup_file(operations.run, "").size());
}

} // namespace

Result<void> write_manifest(const fs::WriteTree& root, const Operations& operations)
{
    ENVFIX_FAULT_POINT("transaction.manifest");
    auto backup = begin_manifest(root, operations);
    std::map<std::string, BackupEntry> entries;
    for (const auto& operation : operations.list) {
        switch (operation.kind) {
        case Operation::Kind::make_directory:
            backup.made_directories.push_back(operation.to);
            break;
        case Operation::Kind::remove_directory:
            if (!root.exists(operation.from))
                backup.removed_directories[operation.from] = operation.mode;
            break;
        case Operation::Kind::displace: {
            auto& entry = entries[path_of(operations, operation)];
            ENVFIX_TRY(entry.old, describe(root, operation.to));
            break;
        }
        case Operation::Kind::place:
        case Operation::Kind::exchange: {
            auto& entry = entries[operation.to];
            ENVFIX_TRY(entry.placed, describe(root, operation.to));
            break;
        }
        }
    }
    return put_manifest(root, std::move(backup), std::move(entries));
}

Result<void> write_leftover_manifest(const fs::WriteTree& root, const Operations& operations)
{
    std::map<std::string, BackupEntry> entries;
    for (const auto& operation : operations.list) {
        if (operation.kind != Operation::Kind::displace) continue;
        ENVFIX_TRY(auto old, describe(root, operation.to));
        if (old.exists) entries[path_of(operations, operation)].old = std::move(old);
    }
    return put_manifest(root, begin_manifest(root, operations), std::move(entries));
}

Result<void> clean_up_committed(const fs::WriteTree& root, const Operations& operations)
{
    ENVFIX_FAULT_POINT("transaction.clean-up");
    // All that it held has moved back; what is left of it is its manifest.
    if (!operations.undoes.empty()) ENVFIX_CHECK(root.remove_tree(backup_path(operations.undoes)));
    return remove_stage(root, operations.run);
}

namespace {

/// One walk back through all operations, past those that cannot be taken back now.
Result<void> take_back_all(const fs::WriteTree& root, const Operations& operations,
                           std::vector<std::string>& kept)
{
    Result<void> first;
    kept.clear();
    const auto needed = folders_to_refill(root, operations);
    for (auto operation = operations.list.rbegin(); operation != operations.list.rend();
         ++operation) {
        const bool folder = operation->kind == Operation::Kind::remove_directory;
        if (folder && !needed.contains(operation->from)) continue;
        auto taken = take_back(root, *operation, kept);
        // A file that comes back before its folder does would make one with another mode.
        if (!taken && folder) return taken;
        if (!taken && first) first = std::move(taken);
    }
    return first;
}

} // namespace

Result<void> revert_all(const fs::WriteTree& root, const Operations& operations,
                        std::vector<std::string>& kept)
{
    ENVFIX_FAULT_POINT("transaction.revert.before");
    std::vector<std::string> left;
    auto taken = take_back_all(root, operations, left);
    if (!taken) taken = take_back_all(root, operations, left); // what failed once may go well
    ENVFIX_CHECK(std::move(taken));
    std::sort(left.begin(), left.end());
    left.erase(std::unique(left.begin(), left.end()), left.end());
    kept = left;

    ENVFIX_FAULT_POINT("transaction.revert.sync");
    ENVFIX_CHECK(sync_changed(root, operations));
    ENVFIX_FAULT_POINT("transaction.revert.clean-up");
    static_cast<void>(root.remove_file(manifest_path(operations.run)));
    static_cast<void>(root.remove_file(manifest_path(operations.run) + ".new"));
    remove_empty_backup(root, operations);
    // Old files whose place somebody else has taken: they age like any other backup.
    if (root.exists(backup_path(operations.run)))
        ENVFIX_CHECK(write_leftover_manifest(root, operations));
    return remove_stage(root, operations.run);
}

} // namespace envfix::remedy
