#include "fs/fault.hpp"
#include "fs/lock.hpp"
#include "remedy/steps.hpp"
#include "remedy/transaction.hpp"
#include "remedy/work_area.hpp"

#include <algorithm>

// A rename is atomic, and the tree itself shows whether it was made. So each operation is judged by
// what lies at its two ends, never by how far the dead run said that it had come: renames may reach
// the disk in any order.

namespace envfix::remedy {

namespace {

struct Judgement {
    bool forward = false;
    bool backup_lost = false;
};

/// The operation that put something where a displaced file had been, if any has.
const Operation* successor(const Operations& operations, const Operation& displace)
{
    for (const auto& operation : operations.list) {
        const bool places =
            operation.kind == Operation::Kind::place && operation.to == displace.from;
        const bool exchanges =
            operation.kind == Operation::Kind::exchange && operation.from == displace.from;
        if (places || exchanges) return &operation;
    }
    return nullptr;
}

/// Whether the new file stands and the old one is nowhere: somebody removed the backup.
bool has_lost(const fs::WriteTree& root, const Operations& operations, const Operation& displace)
{
    const auto state = progress(root, displace);
    if (state != Progress::lost && state != Progress::foreign) return false;
    const auto* const next = successor(operations, displace);
    return next != nullptr && progress(root, *next) == Progress::done;
}

Judgement judge(const fs::WriteTree& root, const TransactionLog::Entry& entry)
{
    bool backup_lost = false;
    bool some_open = false; // not done, or taken back
    bool can_finish = true;
    for (const auto& operation : entry.operations.list) {
        const auto state = progress(root, operation);
        switch (operation.kind) {
        case Operation::Kind::displace:
            some_open = some_open || state == Progress::open;
            backup_lost = backup_lost || has_lost(root, entry.operations, operation);
            break;
        case Operation::Kind::place:
        case Operation::Kind::exchange:
            some_open = some_open || state == Progress::open;
            can_finish = can_finish && (state == Progress::done || state == Progress::open);
            break;
        case Operation::Kind::make_directory:
        case Operation::Kind::remove_directory: break;
        }
    }
    // Where a commit could not be recorded for sure the run took its changes back, and died while
    // it did: the record alone proves nothing.
    if (entry.committed) return {.forward = !some_open, .backup_lost = false};
    // Going back would leave holes where the old files were.
    return {.forward = backup_lost && can_finish, .backup_lost = backup_lost};
}

Result<void> finish(const fs::WriteTree& root, TransactionLog& log,
                    const TransactionLog::Entry& entry)
{
    if (!entry.committed) {
        for (const auto& operation : entry.operations.list) {
            if (progress(root, operation) == Progress::open) ENVFIX_CHECK(perform(root, operation));
        }
        ENVFIX_CHECK(write_manifest(root, entry.operations));
        ENVFIX_CHECK(sync_changed(root, entry.operations));
        ENVFIX_CHECK(log.committed(entry.operations.run));
    }
    ENVFIX_CHECK(clean_up_committed(root, entry.operations));
    return log.closed(entry.operations.run);
}

std::string sentence(const Recovered& recovered, bool backup_lost)
{
    const auto what = "run " + recovered.run + " in " + recovered.root;
    if (recovered.outcome == Recovered::Outcome::finished)
        return what + (backup_lost ? " was finished: its backup had been removed"
                                   : " had been proved and was finished");
    if (recovered.kept.empty()) return what + " was interrupted and taken back";
    return what + " was interrupted and taken back, but for " +
           std::to_string(recovered.kept.size()) + " path(s) that somebody else changed, such as " +
           recovered.kept.front();
}

Recovered recover_one(TransactionLog& log, const TransactionLog::Entry& entry)
{
    Recovered recovered{.run = entry.operations.run,
                        .root = entry.operations.root,
                        .undoes = entry.operations.undoes,
                        .outcome = Recovered::Outcome::unreachable,
                        .kept = {},
                        .text = {}};
    const auto put_off = [&](const Error& error) {
        recovered.text = "run " + recovered.run + " in " + recovered.root +
                         " was interrupted and cannot be ended yet: " + error.message;
        return recovered;
    };
    const auto lock = fs::FileLock::directory(recovered.root);
    if (!lock) {
        if (lock.error().code == ErrorCode::busy) recovered.outcome = Recovered::Outcome::busy;
        return put_off(lock.error());
    }
    const auto root = fs::WriteTree::open(recovered.root);
    if (!root) return put_off(root.error());

    auto judgement = judge(*root, entry);
    Result<void> ended;
    if (judgement.forward) {
        ended = finish(*root, log, entry);
        if (!ended && ended.error().code == ErrorCode::plan_changed) judgement.forward = false;
    }
    if (!judgement.forward) {
        ended = revert_all(*root, entry.operations, recovered.kept);
        if (ended) ended = log.closed(recovered.run);
    }
    if (!ended) return put_off(ended.error());
    recovered.outcome =
        judgement.forward ? Recovered::Outcome::finished : Recovered::Outcome::reverted;
    recovered.text = sentence(recovered, judgement.backup_lost);
    return recovered;
}

} // namespace

std::vector<Recovered> recover(TransactionLog& log)
{
    std::vector<Recovered> all;
    auto entries = log.entries();
    // The last first: what it did may rest on an earlier one in the same environment.
    std::reverse(entries.begin(), entries.end());
    all.reserve(entries.size());
    for (const auto& entry : entries)
        all.push_back(recover_one(log, entry));
    return all;
}

Result<std::vector<std::string>> remove_dead_stages(const TransactionLog& log,
                                                    const std::string& root)
{
    ENVFIX_TRY(const auto tree, fs::WriteTree::open(root));
    ENVFIX_CHECK(check_work_area(tree));
    std::vector<std::string> gone;
    const auto stages = tree.list(std::string(k_work_area) + "/stage");
    if (!stages && stages.error().code == ErrorCode::not_found) return gone;
    if (!stages) return fail(stages.error());
    const auto in_flight = log.in_flight();
    for (const auto& stage : *stages) {
        if (!is_run_id(stage.name)) continue;
        if (std::find(in_flight.begin(), in_flight.end(), stage.name) != in_flight.end()) continue;
        ENVFIX_CHECK(remove_stage(tree, stage.name));
        gone.push_back(stage.name);
    }
    tidy_work_area(tree);
    return gone;
}

} // namespace envfix::remedy
