#pragma once

#include "base/result.hpp"
#include "fs/status.hpp"
#include "fs/write_tree.hpp"
#include "remedy/operation.hpp"
#include "remedy/transaction_log.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace envfix::remedy {

/// One path that a fix changes. Paths are relative to the root of the transaction, without "..",
/// and lead through no link. No path lies below another one of the same transaction.
struct Change {
    std::string path;
    /// What comes into its place: a file, a link or a whole folder below `.envfix`, as a rule in
    /// stage_path(run). Empty: the path only goes, to the backup.
    std::string staged;
    /// What lies at `path` now, as it was seen when the fix was prepared (fs::WriteTree::lstat).
    /// Empty: nothing may lie there.
    std::optional<fs::Status> expected;
    /// The two are exchanged in one step (a whole environment): needs both. Where the file system
    /// cannot, two renames are made of it.
    bool exchange = false;
};

/// What a transaction is to do. The order of the changes is kept.
struct TransactionRequest {
    std::string run;  ///< what is_run_id takes; names the backup
    std::string root; ///< absolute: the environment's prefix; its parent folder for an exchange
    /// Site folders, relative; "" for the root itself. Folders below them that a change has emptied
    /// are removed, since an empty folder can still be imported. They themselves and all others
    /// stay.
    std::vector<std::string> sites;
    std::vector<Change> changes;
    std::int64_t now_s = 0; ///< wall clock, seconds since the epoch: the backup's age

    std::string undoes; ///< the run that is taken back; empty for a fix. begin_undo sets this and:
    std::map<std::string, std::uint32_t> directory_modes; ///< of folders that have to be made
    std::vector<std::string> removable; ///< folders outside of `sites` that go if they are empty
};

/// A fix's renames, made so that whatever dies, whenever, the environment is the old one or the new
/// one after the next recover(). Whoever makes one holds fs::FileLock::directory(root).
///
/// A Transaction that is destroyed while neither commit() nor revert() succeeded stays in flight,
/// as after a crash, and the next recover() ends it.
class Transaction {
public:
    /// Makes what is staged durable, journals the list, and makes all renames: old files into
    /// `.envfix/backup/<run>/files/<path>`, new ones into place. If any of it fails everything is
    /// taken back before it returns, and the stage is removed once the list was journalled.
    /// ErrorCode::plan_changed: a path is not what `expected` says, before or after its rename
    /// (somebody else works there: a conflict). no_space, io: the system refused. malformed: the
    /// request. not_supported: a path lies on another mount than the root.
    static Result<Transaction> begin(TransactionLog& log, const TransactionRequest& request);

    /// The proof held: writes the backup's manifest, makes all durable, throws the stage away.
    /// ErrorCode::plan_changed: somebody changed the new files meanwhile; then, and after any other
    /// error, revert() is the way out.
    Result<void> commit();

    /// Takes everything back, in reverse order, and throws the stage away. What somebody else
    /// changed meanwhile is left as he made it and told in kept(). After an error it may be called
    /// again; else recover() does it.
    Result<void> revert();

    /// Paths that revert() left, because they are somebody else's by now; their old files then stay
    /// in the backup.
    [[nodiscard]] const std::vector<std::string>& kept() const { return m_kept; }

private:
    Transaction(TransactionLog log, fs::WriteTree root, Operations operations)
        : m_log(std::move(log)), m_root(std::move(root)), m_operations(std::move(operations))
    {
    }

    TransactionLog m_log;
    fs::WriteTree m_root;
    Operations m_operations;
    std::vector<std::string> m_kept;
};

/// How one transaction that was in flight at start-up ended.
struct Recovered {
    enum class Outcome : std::uint8_t {
        finished,   ///< the new files stand
        reverted,   ///< the old files are back
        busy,       ///< somebody holds the environment's lock: asked again next time
        unreachable ///< the environment cannot be opened or written: asked again next time
    };
    std::string run;
    std::string root;
    std::string undoes;
    Outcome outcome = Outcome::reverted;
    std::vector<std::string> kept; ///< paths that are somebody else's by now, left as they are
    std::string text;              ///< one sentence for a person

    bool operator==(const Recovered&) const = default;
};

/// Finishes or reverts what a dead run left, and removes its stage; backups of finished runs stay.
/// To be called at start-up before any transaction begins. Calling it again changes nothing.
std::vector<Recovered> recover(TransactionLog& log);

/// Removes the stages of runs that died before their transaction began. The caller holds the
/// environment's lock. Gives the runs whose stages went.
Result<std::vector<std::string>> remove_dead_stages(const TransactionLog& log,
                                                    const std::string& root);

} // namespace envfix::remedy
