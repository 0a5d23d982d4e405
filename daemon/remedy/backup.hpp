#pragma once

#include "base/result.hpp"
#include "fs/status.hpp"
#include "remedy/transaction.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace envfix::remedy {

/// One path that a run changed, as its backup's manifest tells.
struct BackupEntry {
    /// What was or is at a path.
    struct Side {
        bool exists = false;
        fs::FileType type = fs::FileType::unknown;
        std::string sha256; ///< of a file's bytes, a link's target, or a folder's list of names,
                            ///< sizes and times
        std::uint64_t size = 0;
        std::uint32_t mode = 0;
        std::int64_t mtime_ns = 0; ///< of a regular file

        bool operator==(const Side&) const = default;
    };

    std::string path; ///< relative to the root
    Side old;         ///< lies in the backup
    Side placed;      ///< what the run put there

    bool operator==(const BackupEntry&) const = default;
};

/// What a run displaced: the file `.envfix/backup/<run>/manifest`.
struct Backup {
    std::string run;
    std::string undoes;         ///< the run that this one took back; empty for a fix
    std::uint64_t sequence = 0; ///< order of the runs in one environment
    std::int64_t made_s = 0;    ///< wall clock, seconds since the epoch
    std::uint64_t bytes = 0;    ///< what its old files take
    std::vector<std::string> sites;
    std::vector<std::string> made_directories; ///< folders that the run made
    std::map<std::string, std::uint32_t>
        removed_directories; ///< folders that it removed, and their modes
    std::vector<BackupEntry> entries;
    std::string manifest_sha256; ///< of the file that all of this was read from; empty: of none

    bool operator==(const Backup&) const = default;
};

/// The backups of an environment, oldest first. Those whose manifest is damaged are left out.
/// `root` as in TransactionRequest.
Result<std::vector<Backup>> backups(const std::string& root);

/// Where the backup of `run` lies: `environment` itself, or the folder above it where the run
/// exchanged the environment as a whole. ErrorCode::not_found: in neither. plan_changed: its manifest
/// is there and cannot be read as one.
Result<std::string> root_of_backup(const std::string& environment, const std::string& run);

/// Gives back every byte that `run` displaced, as a transaction of its own named `undo_run`, whose
/// backup holds what `run` had put there. The caller holds the environment's lock, proves the
/// result if he likes, and calls commit() or revert().
/// `manifest_sha256`: what the manifest was when the run ended; empty where nobody wrote it down.
/// ErrorCode::not_found: no such backup. plan_changed: the manifest or the run's files have changed
/// since, or a later run touches the same; the message says which.
Result<Transaction> begin_undo(TransactionLog& log, const std::string& root, const std::string& run,
                               const std::string& undo_run, std::int64_t now_s,
                               const std::string& manifest_sha256 = {});

/// begin_undo and commit; taken back where that fails.
Result<void> undo(TransactionLog& log, const std::string& root, const std::string& run,
                  const std::string& undo_run, std::int64_t now_s,
                  const std::string& manifest_sha256 = {});

struct BackupBudget {
    std::int64_t age_s = 7LL * 24 * 3600;
    std::uint64_t bytes = 1ULL << 30U;
};

/// The runs whose backups may go: older than the budget's age, and the oldest above its size.
/// A clock that was set back makes nothing old.
std::vector<std::string> expired_backups(const std::vector<Backup>& backups, std::int64_t now_s,
                                         BackupBudget budget = {});

/// Removes a backup; afterwards the run cannot be undone. No such backup: well.
Result<void> remove_backup(const std::string& root, const std::string& run);

} // namespace envfix::remedy
