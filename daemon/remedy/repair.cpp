#include "remedy/repair.hpp"

#include "engine/attempt.hpp"
#include "fs/lock.hpp"
#include "fs/mount.hpp"
#include "remedy/proof.hpp"
#include "remedy/rung.hpp"
#include "remedy/target.hpp"
#include "remedy/trial.hpp"
#include "remedy/work_area.hpp"

#include <asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace envfix::remedy {

namespace {

using engine::Action;
using engine::Went;

/// Below this a fix is not begun: a full disk in the middle costs more than waiting.
constexpr std::uint64_t k_least_free = std::uint64_t{64} << 20U;

/// One run, between the first rung and the last. Lives in the frame of repair().
class Worker {
public:
    Worker(RepairRequest request, RepairPorts ports, TransactionLog& log, Store* store,
           fs::WriteTree root, Target target, model::Snapshot snapshot)
        : m_request(std::move(request)), m_ports(std::move(ports)), m_log(log), m_store(store),
          m_root(std::move(root)), m_target(std::move(target)), m_snapshot(std::move(snapshot)),
          m_before(m_ports.check(m_snapshot))
    {
    }

    asio::awaitable<Went> perform(Action action)
    {
        const auto& rung = m_request.plan.ladder[action.rung];
        switch (action.kind) {
        case Action::Kind::stage: {
            const auto went = co_await stage(rung);
            co_return went;
        }
        case Action::Kind::trial: {
            const auto went = co_await trial();
            co_return went;
        }
        case Action::Kind::apply: {
            const auto went = co_await apply();
            co_return went;
        }
        case Action::Kind::prove: {
            const auto went = co_await prove();
            co_return went;
        }
        case Action::Kind::keep: co_return keep(rung);
        case Action::Kind::take_back: co_return take_back();
        case Action::Kind::discard: co_return discard();
        case Action::Kind::finish: break;
        }
        co_return Went::badly;
    }

    void skip(const model::Rung& rung) const
    {
        const auto why = rung.unavailable.empty() ? not_feasible(rung) : rung.unavailable;
        say("stage", "left out: " + describe(rung) + (why.empty() ? "" : " (" + why + ")"));
    }

    [[nodiscard]] RepairEnd end(model::RunState state) const
    {
        auto proof = m_proof;
        if (proof.empty())
            proof = state == model::RunState::failed ? "no rung of the plan can be carried out here"
                                                     : "it was interrupted";
        return {.state = state,
                .summary = m_summary.empty() ? "nothing was changed" : m_summary,
                .proof = std::move(proof)};
    }

private:
    void say(std::string step, std::string text) const
    {
        m_ports.tell({.at_ms = m_ports.now_ms(), .step = std::move(step), .text = std::move(text)});
    }

    /// Notes why a rung does not do it.
    Went reject(const std::string& step, const std::string& why, Went went = Went::badly)
    {
        m_proof = why;
        say(step, why);
        return went;
    }

    Went reject(const std::string& step, const Error& error)
    {
        if (error.code == ErrorCode::cancelled)
            return reject(step, "stopped before its end", Went::cancelled);
        const bool foreign = error.code == ErrorCode::plan_changed;
        return reject(step, error.message, foreign ? Went::conflict : Went::badly);
    }

    asio::awaitable<Went> stage(const model::Rung& rung)
    {
        m_changes.clear();
        const auto made = make_stage(m_root, m_request.run);
        if (!made) co_return reject("stage", made.error());
        const auto folder = stage_path(m_request.run);
        auto changes = co_await prepare_rung(rung, m_snapshot, m_target, folder,
                                             m_request.surroundings, m_store);
        if (!changes) co_return reject("stage", changes.error());
        m_changes = *std::move(changes);
        say("stage", describe(rung) + ": " + std::to_string(m_changes.size()) +
                         " files ready beside the environment");
        co_return Went::well;
    }

    asio::awaitable<Went> trial()
    {
        const auto shadow = build_shadow(m_root, m_target, m_snapshot.interpreter, m_changes,
                                         stage_path(m_request.run) + "/shadow");
        if (!shadow) co_return reject("trial", shadow.error());
        auto request = m_request.proof;
        request.executable = shadow->python;
        request.environment = m_request.surroundings.environment;
        request.environment.insert(request.environment.end(), shadow->environment.begin(),
                                   shadow->environment.end());
        request.scratch_parent = m_request.surroundings.scratch_parent;
        request.owner = m_request.surroundings.owner;
        // The project's command may write where it likes: only once, and where it counts.
        request.verify_command.clear();
        const auto said = co_await probe::run(request);
        if (!said) co_return reject("trial", said.error());
        if (const auto why = objection(*said); !why.empty())
            co_return reject("trial", "in a copy of the environment: " + why);
        say("trial", "the chain works in a copy of the environment");
        co_return Went::well;
    }

    [[nodiscard]] TransactionRequest renames() const
    {
        TransactionRequest request;
        request.run = m_request.run;
        request.root = m_target.root;
        request.sites = {m_target.site};
        request.changes = m_changes;
        request.now_s = m_ports.now_ms() / 1000;
        return request;
    }

    asio::awaitable<Went> apply()
    {
        if (const auto who = m_ports.installer_at_work(m_target.root)) {
            co_return reject("transaction", *who + " works in the environment", Went::conflict);
        }
        const auto now = co_await m_ports.recapture();
        if (!now) co_return reject("transaction", now.error());
        if (model::fingerprint(*now) != m_request.plan.fingerprint) {
            co_return reject("transaction", "somebody changed the environment meanwhile",
                             Went::conflict);
        }
        auto begun = Transaction::begin(m_log, renames());
        if (!begun) co_return reject("transaction", begun.error());
        m_transaction.emplace(*std::move(begun));
        say("transaction",
            std::to_string(m_changes.size()) + " files exchanged, the old ones kept");
        co_return Went::well;
    }

    asio::awaitable<Went> prove()
    {
        const auto now = co_await m_ports.recapture();
        if (!now) co_return reject("proof", now.error());
        if (const auto why = objection(m_request.plan.findings, m_before, m_ports.check(*now));
            !why.empty()) {
            co_return reject("proof", why);
        }
        auto request = m_request.proof;
        request.executable = m_target.python;
        request.environment = m_request.surroundings.environment;
        request.scratch_parent = m_request.surroundings.scratch_parent;
        request.owner = m_request.surroundings.owner;
        const auto said = co_await probe::run(request);
        if (!said) co_return reject("proof", said.error());
        if (const auto why = objection(*said); !why.empty()) co_return reject("proof", why);
        m_proof = proof_text();
        say("proof", m_proof);
        co_return Went::well;
    }

    Went keep(const model::Rung& rung)
    {
        const auto kept = m_transaction->commit();
        if (!kept) return reject("transaction", kept.error());
        m_transaction.reset();
        m_summary = describe(rung);
        say("transaction", "kept");
        return Went::well;
    }

    Went take_back()
    {
        const auto back = m_transaction->revert();
        if (!back) {
            say("undo", "not everything could be taken back, the next start does it: " +
                            back.error().message);
            return Went::badly;
        }
        const auto others = m_transaction->kept();
        m_transaction.reset();
        say("undo", others.empty() ? "everything is as before"
                                   : "everything is as before but what somebody else changed: " +
                                         others.front());
        return Went::well;
    }

    Went discard()
    {
        const auto removed = remove_stage(m_root, m_request.run);
        if (!removed) say("undo", "the stage stays behind: " + removed.error().message);
        return removed ? Went::well : Went::badly;
    }

    [[nodiscard]] std::string proof_text() const
    {
        std::string codes;
        for (const auto& code : m_request.plan.findings) {
            codes += (codes.empty() ? "" : ", ") + code;
        }
        std::string imports;
        for (const auto& link : m_request.proof.links) {
            imports += (imports.empty() ? "" : ", ") + link.distribution;
        }
        std::string text = codes.empty()
                               ? "no finding is new"
                               : codes + (m_request.plan.findings.size() == 1 ? " is" : " are") +
                                     " gone and no finding is new";
        if (!imports.empty()) text += "; " + imports + " imported by " + m_target.python;
        if (!m_request.proof.verify_command.empty())
            text += "; " + m_request.proof.verify_command.front() + " ended well";
        return text;
    }

    RepairRequest m_request;
    RepairPorts m_ports;
    TransactionLog& m_log;
    Store* m_store;
    fs::WriteTree m_root;
    Target m_target;
    model::Snapshot m_snapshot;
    model::Findings m_before;
    std::vector<Change> m_changes;
    std::optional<Transaction> m_transaction;
    std::string m_summary;
    std::string m_proof;
};

std::vector<bool> available(const std::vector<model::Rung>& ladder)
{
    std::vector<bool> list;
    list.reserve(ladder.size());
    for (const auto& rung : ladder) {
        list.push_back(rung.unavailable.empty() && not_feasible(rung).empty());
    }
    return list;
}

} // namespace

asio::awaitable<Result<RepairEnd>> repair(RepairRequest request, RepairPorts ports,
                                          TransactionLog* log, Store* store)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    if (!is_run_id(request.run)) co_return fail(ErrorCode::malformed, "not a run: " + request.run);
    const auto plan = request.plan;
    if (model::plan_digest(plan) != plan.digest) {
        co_return fail(ErrorCode::plan_changed,
                       "the plan is not the one that was made: " + plan.id);
    }
    auto snapshot = co_await ports.recapture();
    if (!snapshot) co_return fail(snapshot.error());
    ENVFIX_CO_TRY(const auto target, target_of(*snapshot, plan.allow_externally_managed));
    ENVFIX_CO_TRY(const auto lock, fs::FileLock::directory(target.root));
    if (const auto who = ports.installer_at_work(target.root)) {
        co_return fail(ErrorCode::busy, *who + " works in " + target.root);
    }
    // Only what is read under the lock counts.
    snapshot = co_await ports.recapture();
    if (!snapshot) co_return fail(snapshot.error());
    if (model::fingerprint(*snapshot) != plan.fingerprint) {
        co_return fail(ErrorCode::plan_changed,
                       plan.environment_path + " has changed since the plan was made");
    }
    ENVFIX_CO_TRY(auto root, fs::WriteTree::open(target.root));
    ENVFIX_CO_TRY(const auto room, fs::free_bytes(root.descriptor()));
    if (room < k_least_free) {
        co_return fail(ErrorCode::no_space, "less than 64 MiB are free in " + target.root);
    }
    ENVFIX_CO_TRY(const auto dead, remove_dead_stages(*log, target.root));

    const auto can = available(plan.ladder);
    Worker worker(std::move(request), std::move(ports), *log, store, std::move(root), target,
                  *std::move(snapshot));
    for (std::size_t i = 0; i < can.size(); ++i) {
        if (!can[i]) worker.skip(plan.ladder[i]);
    }
    engine::Attempt attempt(can);
    auto action = attempt.begin();
    while (action.kind != Action::Kind::finish) {
        auto went = co_await worker.perform(action);
        const auto state = co_await asio::this_coro::cancellation_state;
        // What was applied is judged first: a stop between the renames and the proof takes them
        // back.
        const bool may_stop = action.kind == Action::Kind::stage ||
                              action.kind == Action::Kind::trial ||
                              action.kind == Action::Kind::prove;
        if (may_stop && state.cancelled() != asio::cancellation_type::none) went = Went::cancelled;
        action = attempt.done(went);
    }
    co_return worker.end(action.end);
}

} // namespace envfix::remedy
