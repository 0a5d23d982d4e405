#include "remedy/backup.hpp"

#include "fs/fault.hpp"
#include "remedy/arrange.hpp"
#include "remedy/manifest.hpp"
#include "remedy/work_area.hpp"

#include <algorithm>

namespace envfix::remedy {

namespace {

/// The same path, or one below the other.
bool overlaps(const std::string& a, const std::string& b)
{
    const auto& shorter = a.size() < b.size() ? a : b;
    const auto& longer = a.size() < b.size() ? b : a;
    return longer.starts_with(shorter) &&
           (longer.size() == shorter.size() || longer[shorter.size()] == '/');
}

/// The first path that a later run touches as well, with the run.
Result<void> check_later(const std::vector<Backup>& all, const Backup& backup)
{
    for (const auto& later : all) {
        if (later.sequence <= backup.sequence) continue;
        for (const auto& entry : later.entries) {
            const auto same =
                std::find_if(backup.entries.begin(), backup.entries.end(),
                             [&](const auto& own) { return overlaps(own.path, entry.path); });
            if (same != backup.entries.end())
                return fail(ErrorCode::plan_changed, "run " + later.run +
                                                         " came later and changed " + entry.path +
                                                         " as well: undo it first");
        }
    }
    return {};
}

/// Whoever may write to the environment may write a manifest with a sum that fits. What it was when the run ended is
/// written down elsewhere.
Result<void> check_manifest(const Backup& backup, const std::string& manifest_sha256)
{
    if (manifest_sha256.empty() || backup.manifest_sha256 == manifest_sha256) return {};
    return fail(ErrorCode::plan_changed,
                "run " + backup.run + " cannot be undone: somebody has changed the list of its files, " +
                    manifest_path(backup.run) + ", since the run ended; nothing was touched");
}

Result<void> check_unchanged(const fs::WriteTree& root, const Backup& backup)
{
    constexpr std::size_t k_named = 5;
    std::vector<std::string> changed;
    for (const auto& entry : backup.entries) {
        ENVFIX_TRY(const auto now, describe(root, entry.path));
        if (now != entry.placed) changed.push_back(entry.path);
    }
    if (changed.empty()) return {};
    std::string named;
    for (std::size_t i = 0; i < std::min(changed.size(), k_named); ++i)
        named += (i == 0 ? "" : ", ") + changed[i];
    if (changed.size() > k_named)
        named += " and " + std::to_string(changed.size() - k_named) + " more";
    return fail(ErrorCode::plan_changed,
                "run " + backup.run +
                    " cannot be undone, since these have changed since: " + named);
}

Result<void> check_backup(const fs::WriteTree& root, const Backup& backup)
{
    for (const auto& entry : backup.entries) {
        ENVFIX_TRY(const auto now, describe(root, backup_file(backup.run, entry.path)));
        if (now != entry.old)
            return fail(ErrorCode::plan_changed,
                        "the backup of run " + backup.run + " is no longer whole: " + entry.path);
    }
    return {};
}

} // namespace

Result<std::vector<Backup>> backups(const std::string& root)
{
    ENVFIX_TRY(const auto tree, fs::WriteTree::open(root));
    return read_backups(tree);
}

Result<std::string> root_of_backup(const std::string& environment, const std::string& run)
{
    if (!is_run_id(run)) return fail(ErrorCode::malformed, "\"" + run + "\" names no run");
    const auto above = environment.substr(0, environment.rfind('/'));
    for (const auto& root : {environment, above}) {
        const auto tree = root.empty() ? Result<fs::WriteTree>(fail(ErrorCode::not_found, {})) : fs::WriteTree::open(root);
        if (!tree) continue;
        const auto backup = read_backup(*tree, run);
        if (backup) return root;
        if (backup.error().code == ErrorCode::malformed)
            return fail(ErrorCode::plan_changed,
                        "run " + run + " cannot be undone: the list of its files, " + root + "/" + manifest_path(run) +
                            ", was changed or damaged since the run ended; nothing was touched");
    }
    return fail(ErrorCode::not_found,
                "run " + run + " has no backup in " + environment + " any more");
}

Result<Transaction> begin_undo(TransactionLog& log, const std::string& root, const std::string& run,
                               const std::string& undo_run, std::int64_t now_s,
                               const std::string& manifest_sha256)
{
    ENVFIX_FAULT_POINT("undo.before");
    ENVFIX_TRY(const auto tree, fs::WriteTree::open(root));
    const auto all = read_backups(tree);
    const auto backup =
        std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.run == run; });
    if (backup == all.end())
        return fail(ErrorCode::not_found, "run " + run + " has no backup in " + root);
    ENVFIX_CHECK(check_manifest(*backup, manifest_sha256));
    ENVFIX_CHECK(check_later(all, *backup));
    ENVFIX_CHECK(check_unchanged(tree, *backup));
    ENVFIX_CHECK(check_backup(tree, *backup));

    TransactionRequest request{.run = undo_run,
                               .root = root,
                               .sites = backup->sites,
                               .changes = {},
                               .now_s = now_s,
                               .undoes = run,
                               .directory_modes = backup->removed_directories,
                               .removable = backup->made_directories};
    for (const auto& entry : backup->entries) {
        Change change{.path = entry.path, .staged = {}, .expected = {}, .exchange = false};
        if (entry.old.exists) change.staged = backup_file(run, entry.path);
        if (entry.placed.exists) {
            ENVFIX_TRY(change.expected, tree.lstat(entry.path));
        }
        const bool folders = entry.old.type == fs::FileType::directory &&
                             entry.placed.type == fs::FileType::directory;
        change.exchange = entry.old.exists && entry.placed.exists && folders;
        request.changes.push_back(std::move(change));
    }
    return Transaction::begin(log, request);
}

Result<void> undo(TransactionLog& log, const std::string& root, const std::string& run,
                  const std::string& undo_run, std::int64_t now_s, const std::string& manifest_sha256)
{
    ENVFIX_TRY(auto transaction, begin_undo(log, root, run, undo_run, now_s, manifest_sha256));
    auto committed = transaction.commit();
    if (committed) return {};
    if (const auto reverted = transaction.revert(); !reverted)
        committed.error().message +=
            "; taking it back failed as well, the next start does it: " + reverted.error().message;
    return committed;
}

std::vector<std::string> expired_backups(const std::vector<Backup>& backups, std::int64_t now_s,
                                         BackupBudget budget)
{
    std::uint64_t bytes = 0;
    for (const auto& backup : backups)
        bytes += backup.bytes;
    std::vector<std::string> runs;
    for (const auto& backup : backups) { // oldest first
        const bool old = backup.made_s <= now_s && now_s - backup.made_s > budget.age_s;
        if (!old && bytes <= budget.bytes) continue;
        bytes -= backup.bytes;
        runs.push_back(backup.run);
    }
    return runs;
}

Result<void> remove_backup(const std::string& root, const std::string& run)
{
    if (!is_run_id(run)) return fail(ErrorCode::malformed, "\"" + run + "\" names no run");
    ENVFIX_TRY(const auto tree, fs::WriteTree::open(root));
    auto removed = tree.remove_tree(backup_path(run));
    if (!removed && removed.error().code != ErrorCode::not_found) return removed;
    tidy_work_area(tree);
    return {};
}

} // namespace envfix::remedy
