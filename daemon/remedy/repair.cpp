#include "remedy/repair.hpp"

#include "engine/attempt.hpp"
#include "fs/lock.hpp"
#include "fs/ownership.hpp"
#include "pep/name.hpp"
#include "remedy/build_venv.hpp"
#include "remedy/create.hpp"
#include "remedy/holders.hpp"
#include "remedy/proof.hpp"
#include "remedy/recreate.hpp"
#include "remedy/rung.hpp"
#include "remedy/target.hpp"
#include "remedy/trial.hpp"
#include "remedy/tryout.hpp"
#include "remedy/work_area.hpp"

#include <asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace envfix::remedy {

namespace {

std::string files(std::size_t count)
{
    return std::to_string(count) + (count == 1 ? " file" : " files");
}

using engine::Action;
using engine::Went;

/// One run, between the first rung and the last. Lives in the frame of repair().
class Worker {
public:
    Worker(RepairRequest request, RepairPorts ports, TransactionLog& log, Store* store,
           fs::WriteTree root, std::optional<fs::WriteTree> parent, Target target,
           model::Snapshot snapshot)
        : m_request(std::move(request)), m_ports(std::move(ports)), m_log(log), m_store(store),
          m_root(std::move(root)), m_parent(std::move(parent)), m_target(std::move(target)),
          m_snapshot(std::move(snapshot)), m_before(m_ports.check(m_snapshot))
    {
    }

    asio::awaitable<Went> perform(Action action)
    {
        const auto& rung = m_request.plan.ladder[action.rung];
        switch (action.kind) {
        case Action::Kind::stage: {
            m_changes.clear();
            m_links = m_request.proof.links;
            m_whole = is_whole_environment(rung);
            if (m_whole) {
                const auto built = co_await stage_whole(rung.steps.front());
                co_return built;
            }
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
        const auto made = make_stage(m_root, m_request.run);
        if (!made) co_return reject("stage", made.error());
        const auto folder = stage_path(m_request.run);
        auto changes = co_await prepare_rung(rung, m_snapshot, m_target, folder,
                                             m_request.surroundings, m_store);
        if (!changes) co_return reject("stage", changes.error());
        m_changes = *std::move(changes);
        say("stage", describe(rung) + ": " + files(m_changes.size()) + " ready beside the environment");
        co_return Went::well;
    }

    /// Builds the whole venv beside the old one, in the folder above.
    asio::awaitable<Went> stage_whole(model::Step step)
    {
        const auto base = interpreter_named(m_request.interpreters, step.text);
        if (!base) co_return reject("stage", base.error());
        const auto made = make_stage(*m_parent, m_request.run);
        if (!made) co_return reject("stage", made.error());
        const auto request = build_request(step, *base);
        auto built = co_await build_venv(request, m_store);
        if (!built) co_return reject("stage", built.error());
        if (step.kind == model::StepKind::venv_create) {
            add_new(request.name, built->folder);
        } else {
            const auto there = m_parent->lstat(request.name);
            if (!there) co_return reject("stage", there.error());
            add_exchange(request.name, built->folder, *there);
        }
        use_links_of(step);
        say("stage", describe(model::Rung{.steps = {step}, .unavailable = {}}) +
                         ": built beside the environment");
        for (const auto& name : built->left_behind)
            say("stage", name + " belongs to no distribution and stays in the old environment only");
        co_return Went::well;
    }

    [[nodiscard]] BuildRequest build_request(const model::Step& step,
                                             const model::Interpreter& base) const
    {
        return {.step = step,
                .base = base,
                .parent = m_parent->path(),
                .name = m_target.root.substr(m_target.root.rfind('/') + 1),
                .stage = stage_path(m_request.run),
                .surroundings = m_request.surroundings};
    }

    void add_exchange(const std::string& name, const std::string& folder, const fs::Status& there)
    {
        m_changes.push_back({.path = name, .staged = folder, .expected = there, .exchange = true});
    }

    /// One rename, and only where nothing lies by then.
    void add_new(const std::string& name, const std::string& folder)
    {
        m_changes.push_back({.path = name, .staged = folder, .expected = {}, .exchange = false});
    }

    /// What has to import in a venv that was made: that Python starts, and what was asked for, or
    /// else, where nothing could be told of an old one or there is none, what the chain has of it.
    void use_links_of(const model::Step& step)
    {
        if (m_links.empty() || step.kind == model::StepKind::venv_create) {
            m_links = probe::links_of(m_request.chain, [&](std::string_view distribution) {
                return std::ranges::any_of(step.changes, [&](const model::PackageChange& change) {
                    return pep::normalize_name(change.distribution) ==
                           pep::normalize_name(distribution);
                });
            });
        }
        m_links.insert(m_links.begin(), {.distribution = "Python", .imports = {}, .proof = {}});
    }

    /// The copy in which a rung is tried. A whole venv is its own.
    [[nodiscard]] Result<Shadow> shadow() const
    {
        if (m_whole)
            return Shadow{.python = m_parent->path() + "/" + m_changes.front().staged +
                                    "/bin/python",
                          .environment = {}};
        return build_shadow(m_root, m_target, m_snapshot.interpreter, m_changes,
                            stage_path(m_request.run) + "/shadow");
    }

    /// Whether just this was tried in just this environment when the plan was made. It has the fingerprint that the plan says:
    /// repair() saw to it.
    [[nodiscard]] bool was_tried() const
    {
        if (m_request.tried.empty() || m_whole) return false;
        const auto key = trial_key(m_request.plan.fingerprint, m_root, m_target, m_changes, m_links,
                                   m_request.surroundings);
        return key && *key == m_request.tried;
    }

    asio::awaitable<Went> trial()
    {
        if (was_tried()) {
            say("trial", "tried when it was planned: the chain works in a copy of the environment");
            co_return Went::well;
        }
        const auto shadow = this->shadow();
        if (!shadow) co_return reject("trial", shadow.error());
        auto proof = m_request.proof;
        proof.links = m_links;
        const auto request = trial_request(std::move(proof), *shadow, m_request.surroundings);
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
        request.root = m_whole ? m_parent->path() : m_target.root;
        if (!m_whole) request.sites = {m_target.site};
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
            m_whole ? (m_changes.front().exchange
                           ? "the environment exchanged as a whole, the old one kept"
                           : "the environment put in its place")
                    : files(m_changes.size()) + " exchanged, what was there before is kept");
        co_return Went::well;
    }

    asio::awaitable<Went> prove()
    {
        const auto now = co_await m_ports.recapture();
        if (!now) co_return reject("proof", now.error());
        auto after = m_ports.check(*now);
        if (m_whole && !m_changes.front().exchange) tell_warnings(after);
        if (const auto why = objection(m_request.plan.findings, m_before, after); !why.empty()) {
            co_return reject("proof", why);
        }
        auto request = m_request.proof;
        request.links = m_links;
        request.executable = python();
        request.environment = m_request.surroundings.environment;
        request.scratch_parent = m_request.surroundings.scratch_parent;
        const auto said = co_await probe::run(request);
        if (!said) co_return reject("proof", said.error());
        if (const auto why = objection(*said); !why.empty()) co_return reject("proof", why);
        m_proof = proof_text();
        say("proof", m_proof);
        co_return Went::well;
    }

    /// An environment that was not there before is made no worse by what its project does to it, such as a file with the name
    /// of a package or a script that another Python runs: that is told, and no reason to take the environment away.
    void tell_warnings(model::Findings& findings) const
    {
        const auto& to_remove = m_request.plan.findings;
        const auto only_warns = [&](const model::Finding& finding) {
            return finding.severity == model::Severity::warning &&
                   std::ranges::find(to_remove, finding.code) == to_remove.end();
        };
        for (const auto& finding : findings) {
            if (only_warns(finding)) say("proof", "beside that: " + finding.summary + " (" + finding.code + ")");
        }
        std::erase_if(findings, only_warns);
    }

    Went keep(const model::Rung& rung)
    {
        const auto kept = m_transaction->commit();
        if (!kept) return reject("transaction", kept.error());
        m_transaction.reset();
        m_summary = describe(rung);
        say("transaction", "kept");
        tell_holders();
        return Went::well;
    }

    /// A program that runs goes on with what it loaded before.
    void tell_holders() const
    {
        const auto& root = m_whole ? m_parent->path() : m_target.root;
        for (const auto& holder : holders_of(root + "/" + backup_path(m_request.run)))
            say("running", holder.command + " (pid " + std::to_string(holder.pid) +
                               ") still uses the old files: start it again");
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
        const auto removed = remove_stage(m_whole ? *m_parent : m_root, m_request.run);
        if (!removed) say("undo", "the stage stays behind: " + removed.error().message);
        return removed ? Went::well : Went::badly;
    }

    /// A venv that was made again is entered by its plain name, whatever the old one had.
    [[nodiscard]] std::string python() const
    {
        return m_whole ? m_target.root + "/bin/python" : m_target.python;
    }

    [[nodiscard]] std::string proof_text() const
    {
        std::string codes;
        for (const auto& code : m_request.plan.findings) {
            codes += (codes.empty() ? "" : ", ") + code;
        }
        std::string imports;
        for (const auto& link : m_links) {
            if (!link.imports.empty()) imports += (imports.empty() ? "" : ", ") + link.distribution;
        }
        std::string text = codes.empty()
                               ? "no finding is new"
                               : codes + (m_request.plan.findings.size() == 1 ? " is" : " are") +
                                     " gone and no finding is new";
        if (!imports.empty()) text += "; " + imports + " imported by " + python();
        if (!m_request.proof.verify_command.empty())
            text += "; " + m_request.proof.verify_command.front() + " ended well";
        return text;
    }

    RepairRequest m_request;
    RepairPorts m_ports;
    TransactionLog& m_log;
    Store* m_store;
    fs::WriteTree m_root;
    std::optional<fs::WriteTree> m_parent; ///< where a rung of the plan makes the whole environment
    Target m_target;
    model::Snapshot m_snapshot;
    model::Findings m_before;
    std::vector<Change> m_changes;
    std::vector<probe::Link> m_links; ///< what this rung has to make importable
    bool m_whole = false;             ///< this rung exchanges the environment
    std::optional<Transaction> m_transaction;
    std::string m_summary;
    std::string m_proof;
};

bool is_asked_for(const RepairRequest& request, std::size_t rung)
{
    return rung >= request.first && rung < request.last;
}

std::vector<bool> available(const RepairRequest& request)
{
    std::vector<bool> list;
    list.reserve(request.plan.ladder.size());
    for (const auto& rung : request.plan.ladder) {
        list.push_back(is_asked_for(request, list.size()) && rung.unavailable.empty() &&
                       not_feasible(rung).empty());
    }
    return list;
}

/// Whether some rung that can be tried exchanges the environment.
bool exchanges(const model::Plan& plan)
{
    return std::ranges::any_of(plan.ladder, [](const model::Rung& rung) {
        return rung.unavailable.empty() && is_whole_environment(rung);
    });
}

/// The venv that a plan makes where there is none; empty: it makes none.
std::string created_by(const model::Plan& plan)
{
    for (const auto& rung : plan.ladder) {
        if (!rung.unavailable.empty()) continue;
        for (const auto& step : rung.steps) {
            if (step.kind == model::StepKind::venv_create) return step.location;
        }
    }
    return {};
}

/// Where a fix writes. A venv that is to be made, or made again, need not have a place for
/// packages.
Result<Target> ground_of(const model::Snapshot& snapshot, const model::Plan& plan)
{
    const auto& environment = snapshot.environment;
    if (const auto created = created_by(plan); !created.empty()) {
        if (environment.kind != model::EnvironmentKind::project ||
            created != environment.path + "/" + k_project_venv)
            return fail(ErrorCode::malformed, "the plan makes " + created +
                                                  ", which is no place for an environment of " +
                                                  environment.path);
        return Target{
            .root = created, .site = {}, .python = environment.executable, .entry = Entry::venv};
    }
    auto target = target_of(snapshot, plan.allow_externally_managed);
    if (target || !exchanges(plan)) return target;
    return Target{.root = environment.path,
                  .site = {},
                  .python = environment.executable,
                  .entry = Entry::venv};
}

/// The folder that a whole environment is exchanged in, locked.
struct Parent {
    fs::FileLock lock;
    fs::WriteTree tree;
};

Result<Parent> lock_parent(const std::string& environment, const TransactionLog& log)
{
    const auto folder = environment.substr(0, environment.rfind('/'));
    ENVFIX_TRY(auto lock, fs::FileLock::directory(folder));
    ENVFIX_TRY(auto tree, fs::WriteTree::open(folder));
    ENVFIX_TRY(const auto dead, remove_dead_stages(log, folder));
    return Parent{.lock = std::move(lock), .tree = std::move(tree)};
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
    Result<model::Snapshot> snapshot;
    if (request.seen) {
        snapshot = *std::move(request.seen);
    } else {
        snapshot = co_await ports.recapture();
    }
    if (!snapshot) co_return fail(snapshot.error());
    ENVFIX_CO_TRY(const auto target, ground_of(*snapshot, plan));
    // A venv that is yet to be made has only the folder that it comes into.
    const bool creates = !created_by(plan).empty();
    const auto ground = creates ? plan.environment_path : target.root;
    if (const auto unshared = fs::check_unshared(creates ? ground : target.site_path());
        !unshared) {
        co_return fail(unshared.error());
    }
    ENVFIX_CO_TRY(const auto lock, fs::FileLock::directory(ground));
    if (const auto who = ports.installer_at_work(target.root)) {
        co_return fail(ErrorCode::busy, *who + " works in " + ground);
    }
    // Only what is read under the lock counts.
    snapshot = co_await ports.recapture();
    if (!snapshot) co_return fail(snapshot.error());
    if (model::fingerprint(*snapshot) != plan.fingerprint) {
        co_return fail(ErrorCode::plan_changed,
                       plan.environment_path + " has changed since the plan was made");
    }
    ENVFIX_CO_TRY(auto root, fs::WriteTree::open(ground));
    if (const auto room = check_room_for_fix(root); !room) co_return fail(room.error());
    ENVFIX_CO_TRY(const auto dead, remove_dead_stages(*log, ground));
    std::optional<fs::FileLock> parent_lock;
    std::optional<fs::WriteTree> parent;
    if (creates) {
        ENVFIX_CO_TRY(auto same, root.directory(""));
        parent.emplace(std::move(same));
    } else if (exchanges(plan)) {
        ENVFIX_CO_TRY(auto locked, lock_parent(target.root, *log));
        parent_lock.emplace(std::move(locked.lock));
        parent.emplace(std::move(locked.tree));
    }

    const auto can = available(request);
    std::vector<std::size_t> left_out;
    for (std::size_t i = 0; i < can.size(); ++i) {
        if (!can[i] && is_asked_for(request, i)) left_out.push_back(i);
    }
    Worker worker(std::move(request), std::move(ports), *log, store, std::move(root),
                  std::move(parent), target, *std::move(snapshot));
    for (const auto i : left_out) worker.skip(plan.ladder[i]);
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
