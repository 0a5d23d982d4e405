#include "remedy/tryout.hpp"

#include "base/sha256.hpp"
#include "fs/bytes.hpp"
#include "fs/lock.hpp"
#include "fs/ownership.hpp"
#include "remedy/proof.hpp"
#include "remedy/rung.hpp"
#include "remedy/work_area.hpp"

#include <asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace envfix::remedy {

namespace {

/// The stage of a trial: gone when it is over, however it ends.
class Stage {
public:
    Stage(const fs::WriteTree& root, std::string run) : m_root(root), m_run(std::move(run)) {}
    ~Stage() { static_cast<void>(remove_stage(m_root, m_run)); } // what stays, the next upkeep removes
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;
    Stage(Stage&&) = delete;
    Stage& operator=(Stage&&) = delete;

private:
    const fs::WriteTree& m_root;
    std::string m_run;
};

Result<void> check_same(const Result<model::Snapshot>& snapshot, const std::string& fingerprint)
{
    if (!snapshot) return fail(snapshot.error());
    if (model::fingerprint(*snapshot) == fingerprint) return {};
    return fail(ErrorCode::plan_changed, snapshot->environment.path + " has changed since it was looked at");
}

} // namespace

bool is_of_store(const model::Rung& rung)
{
    return rung.unavailable.empty() && !rung.steps.empty() &&
           std::ranges::all_of(rung.steps, [](const model::Step& step) { return step.kind == model::StepKind::restore; });
}

probe::Request trial_request(probe::Request proof, const Shadow& shadow, const Surroundings& surroundings)
{
    proof.executable = shadow.python;
    proof.environment = surroundings.environment;
    proof.environment.insert(proof.environment.end(), shadow.environment.begin(), shadow.environment.end());
    proof.scratch_parent = surroundings.scratch_parent;
    // The project's command may write where it likes: only once, and where it counts.
    proof.verify_command.clear();
    return proof;
}

Result<std::string> trial_key(const std::string& fingerprint, const fs::WriteTree& root, const Target& target,
                              const std::vector<Change>& changes, const std::vector<probe::Link>& links,
                              const Surroundings& surroundings)
{
    fs::ByteWriter key;
    key.text(fingerprint).text(target.root).text(target.site).text(target.python).u32(static_cast<std::uint32_t>(target.entry));
    key.u32(static_cast<std::uint32_t>(surroundings.environment.size()));
    for (const auto& variable : surroundings.environment) key.text(variable);
    key.u32(static_cast<std::uint32_t>(links.size()));
    for (const auto& link : links) {
        key.text(link.distribution).text(link.proof).u32(static_cast<std::uint32_t>(link.imports.size()));
        for (const auto& module : link.imports) key.text(module);
    }
    key.u32(static_cast<std::uint32_t>(changes.size()));
    for (const auto& change : changes) {
        key.text(change.path).u32(change.expected ? 1 : 0).u32(change.staged.empty() ? 0 : 1);
        if (change.staged.empty()) continue;
        ENVFIX_TRY(const auto status, root.lstat(change.staged));
        if (!status.is_regular()) return fail(ErrorCode::not_supported, change.staged + " is no regular file");
        ENVFIX_TRY(const auto sha256, root.sha256(change.staged));
        key.u32(status.mode).text(sha256);
    }
    return sha256_hex(key.bytes());
}

asio::awaitable<Result<Tried>> try_rung(TryRequest request, RepairPorts ports, TransactionLog* log, Store* store)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    if (!is_run_id(request.run) || !is_of_store(request.rung))
        co_return fail(ErrorCode::malformed, "not to be tried beforehand: " + request.run);
    auto snapshot = co_await ports.recapture();
    if (!snapshot) co_return fail(snapshot.error());
    ENVFIX_CO_TRY(const auto target, target_of(*snapshot, request.allow_externally_managed));
    if (const auto unshared = fs::check_unshared(target.site_path()); !unshared) co_return fail(unshared.error());
    ENVFIX_CO_TRY(const auto lock, fs::FileLock::directory(target.root));
    if (const auto who = ports.installer_at_work(target.root))
        co_return fail(ErrorCode::busy, *who + " works in " + target.root);
    snapshot = co_await ports.recapture();
    if (const auto same = check_same(snapshot, request.fingerprint); !same) co_return fail(same.error());
    ENVFIX_CO_TRY(const auto root, fs::WriteTree::open(target.root));
    if (const auto room = check_room_for_fix(root); !room) co_return fail(room.error());
    ENVFIX_CO_TRY(const auto dead, remove_dead_stages(*log, target.root));

    if (const auto made = make_stage(root, request.run); !made) co_return fail(made.error());
    const Stage stage(root, request.run);
    const auto folder = stage_path(request.run);
    const auto changes = co_await prepare_rung(request.rung, *snapshot, target, folder, request.surroundings, store);
    if (!changes) co_return fail(changes.error());
    const auto shadow = build_shadow(root, target, snapshot->interpreter, *changes, folder + "/shadow");
    if (!shadow) co_return fail(shadow.error());
    const auto links = request.proof.links;
    const auto asked = trial_request(std::move(request.proof), *shadow, request.surroundings);
    const auto said = co_await probe::run(asked);
    if (!said) co_return fail(said.error());
    if (!said->ran) co_return fail(ErrorCode::io, said->error);
    // What is noted is what was there from the beginning to the end.
    ENVFIX_CO_TRY(auto key, trial_key(request.fingerprint, root, target, *changes, links, request.surroundings));
    snapshot = co_await ports.recapture();
    if (const auto same = check_same(snapshot, request.fingerprint); !same) co_return fail(same.error());
    co_return Tried{.key = std::move(key), .objection = objection(*said)};
}

} // namespace envfix::remedy
