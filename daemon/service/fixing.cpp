#include "service/fixing.hpp"

#include "base/as_values.hpp"
#include "base/printable.hpp"
#include "fs/lock.hpp"
#include "remedy/backup.hpp"
#include "remedy/repair.hpp"
#include "remedy/resolve.hpp"
#include "service/aftermath.hpp"
#include "service/base_interpreters.hpp"
#include "service/installers.hpp"
#include "service/publishing.hpp"
#include "service/runs.hpp"
#include "service/store_keeping.hpp"
#include "service/upkeep.hpp"

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <ctime>
#include <set>
#include <utility>

namespace envfix::service {

namespace {

constexpr std::int64_t k_day_s = 24 * 3600;
/// How far back it is looked for runs whose undoing was not written down.
constexpr std::uint32_t k_recent_runs = 200;
/// Who approved a run that no person started.
constexpr const char* k_automatic = "policy in mode auto";

policy::LocalTime local_time(std::int64_t now_s)
{
    tm parts{};
    const time_t now = now_s;
    ::localtime_r(&now, &parts);
    return {.weekday = (parts.tm_wday + 6) % 7, .minute = parts.tm_hour * 60 + parts.tm_min};
}

std::vector<std::string> codes_of(const model::Findings& findings)
{
    std::set<std::string> codes;
    for (const auto& finding : findings) codes.insert(finding.code);
    return {codes.begin(), codes.end()};
}

bool is_wrong(const model::Finding& finding)
{
    return finding.severity != model::Severity::info;
}

/// Whether all that can be done here is to tell the person.
bool only_advises(const model::Plan& plan)
{
    const auto advises = [](const model::Rung& rung) {
        return std::ranges::all_of(rung.steps, [](const model::Step& step) { return step.kind == model::StepKind::advise; });
    };
    return std::ranges::any_of(plan.ladder, advises) &&
           std::ranges::all_of(plan.ladder, [&](const model::Rung& rung) { return advises(rung) || !rung.unavailable.empty(); });
}

/// What the person is told where nothing is safe to do, and why the rungs before do not do it.
std::string advice_of(const model::Plan& plan)
{
    std::string why;
    for (const auto& rung : plan.ladder) {
        if (!rung.unavailable.empty() && why.empty()) why = rung.unavailable + "; ";
        for (const auto& step : rung.steps) {
            if (step.kind == model::StepKind::advise && !step.text.empty()) return why + step.text;
        }
    }
    return why + "nothing can be done about it automatically";
}

std::string by_of(const bus::Caller& caller, const World& world)
{
    return world.surroundings.user + " (uid " + std::to_string(caller.uid) + ")";
}

remedy::Surroundings surroundings_of(const World& world)
{
    const auto& own = world.surroundings;
    return {.environment = {"HOME=" + own.home, "PATH=" + own.search_path, "LANG=C.UTF-8"},
            .scratch_parent = own.state_dir,
            .wheels = own.state_dir + "/wheels"};
}

} // namespace

policy::Facts facts_of(const Known& known)
{
    return {.kind = known.environment.kind,
            .python = known.report.interpreter_version,
            .path = known.environment.path,
            .project = known.environment.project};
}

std::vector<policy::Draft> Fixing::drafts_for(const Known& known) const
{
    model::Findings wrong;
    std::ranges::copy_if(known.report.findings, std::back_inserter(wrong), is_wrong);
    return policy::choose(wrong, facts_of(known), m_world.configuration.policies, approvals_in_force(m_world));
}

// -- plans -----------------------------------------------------------------------------------------------------------

void Fixing::set_plan_state(model::Plan& plan, model::PlanState state, const std::string& reason)
{
    const auto changed = m_world.plans.set_state(m_world.journal, plan.id, state, reason);
    if (!changed) {
        spdlog::error("{} (plan={})", escape_untrusted(changed.error().message), plan.id);
        return;
    }
    plan = *changed;
    if (m_world.bus != nullptr) m_world.bus->plan_changed(plan);
    publish_environment(m_world, plan.environment_id);
}

void Fixing::drop_stale_plans(const app::Judgement& judgement)
{
    for (auto& plan : m_world.plans.of(judgement.report.id)) {
        const bool open = plan.state == model::PlanState::waiting || plan.state == model::PlanState::approved;
        if (!open) continue;
        if (plan.fingerprint != judgement.report.fingerprint) {
            set_plan_state(plan, model::PlanState::stale, "the environment has changed since the plan was made");
        } else if (plan.expires_s <= wall_clock_s()) {
            set_plan_state(plan, model::PlanState::stale, "nobody approved it in time");
        }
    }
}

asio::awaitable<Result<std::optional<Fixing::Planned>>> Fixing::make_plan(std::string id)
{
    auto judged = m_judging->judge_now(id, false);
    if (!judged) co_return fail(judged.error());
    const auto judgement = *std::move(judged);
    if (std::ranges::none_of(judgement.findings, is_wrong)) {
        if (judgement.report.state == model::EnvironmentState::unverifiable) {
            co_return fail(ErrorCode::not_supported, judgement.report.state_reason + "; put that right, then: envfixctl check " +
                                                         judgement.report.path);
        }
        co_return std::optional<Planned>{};
    }
    const auto* known = m_world.catalogue.find(id);
    if (known == nullptr) co_return fail(ErrorCode::not_found, "the environment is gone");
    auto drafts = drafts_for(*known);
    if (drafts.empty()) {
        const auto& first = judgement.findings.front();
        co_return fail(ErrorCode::not_supported,
                       "no policy covers '" + first.code + "' in " + known->environment.path + "; `envfixctl policy why " +
                           known->environment.path + "` says why" +
                           (first.remedies.empty() ? std::string{} : "; by hand: " + first.remedies.front()));
    }
    auto draft = std::move(drafts.front());
    for (const auto& plan : m_world.plans.of(id)) {
        const bool same = plan.state == model::PlanState::waiting && plan.policy_sha256 == draft.policy.sha256 &&
                          plan.fingerprint == judgement.report.fingerprint && plan.findings == draft.findings;
        if (same) {
            Planned again{.plan = plan, .draft = std::move(draft)};
            co_return std::optional<Planned>(std::move(again));
        }
    }

    const auto prefix = judgement.snapshot.interpreter.prefix;
    remedy::ResolveRequest request{
        .snapshot = judgement.snapshot,
        .ladder = draft.ladder,
        .allow_externally_managed = draft.policy.allow_externally_managed,
        .settings = remedy::read_pip_settings(m_world.surroundings.home, prefix, m_world.surroundings.pip_variables),
        .surroundings = surroundings_of(m_world),
        .interpreters = base_interpreters(m_world)};
    auto* store = &m_world.store;
    auto resolved = co_await remedy::resolve(std::move(request), store);
    if (!resolved) co_return fail(resolved.error());

    const auto lasts_s = m_world.configuration.daemon.plan_expires.count() / 1000;
    model::Plan plan{.environment_id = id,
                     .environment_path = judgement.report.path,
                     .fingerprint = judgement.report.fingerprint,
                     .chain = judgement.snapshot.chain,
                     .policy = draft.policy.name,
                     .policy_sha256 = draft.policy.sha256,
                     .findings = draft.findings,
                     .ladder = *std::move(resolved),
                     .allow_externally_managed = draft.policy.allow_externally_managed,
                     .created_s = wall_clock_s(),
                     .expires_s = wall_clock_s() + lasts_s};
    plan.digest = model::plan_digest(plan);
    plan.id = plan.digest.substr(0, 12);
    for (auto& older : m_world.plans.of(id)) {
        if (older.state == model::PlanState::waiting) {
            set_plan_state(older, model::PlanState::stale, "a newer plan takes its place");
        }
    }
    if (auto added = m_world.plans.add(m_world.journal, plan); !added) co_return fail(added.error());
    if (m_world.bus != nullptr) m_world.bus->plan_changed(plan);
    publish_environment(m_world, id);
    Planned planned{.plan = std::move(plan), .draft = std::move(draft)};
    co_return std::optional<Planned>(std::move(planned));
}

asio::awaitable<void> Fixing::answer_plan(std::string id, bus::Done<std::optional<model::Plan>> done)
{
    auto planned = co_await make_plan(std::move(id));
    if (!planned) {
        done(fail(planned.error()));
    } else if (!*planned) {
        done(std::optional<model::Plan>{});
    } else {
        done(std::optional<model::Plan>((*planned)->plan));
    }
}

void Fixing::plan(const std::string& id, bus::Done<std::optional<model::Plan>> done)
{
    m_world.tasks->start("plan", answer_plan(id, std::move(done)));
}

// -- may it begin? ---------------------------------------------------------------------------------------------------

engine::Verdict Fixing::verdict_on(const Known& known, const policy::Draft& draft, bool by_person) const
{
    std::vector<engine::PastFix> history;
    const auto now_s = wall_clock_s();
    for (auto& attempt : m_world.journal.attempts(now_s - 7 * k_day_s).value_or(std::vector<journal::Attempt>{})) {
        history.push_back({.environment = std::move(attempt.environment),
                           .policy = std::move(attempt.policy),
                           .findings = std::move(attempt.findings),
                           .at_s = attempt.at_s,
                           .automatic = attempt.automatic,
                           .worked = attempt.worked});
    }
    const auto& daemon = m_world.configuration.daemon;
    const engine::Ceilings ceilings{.fixes_per_day = daemon.fixes_per_day, .automatic = daemon.automatic};
    const auto codes = codes_of(known.report.findings);
    std::string held;
    if (known.hold && (known.hold->until_s == 0 || known.hold->until_s > now_s)) {
        held = known.hold->reason.empty() ? "a person asked to keep off" : known.hold->reason;
    }
    const auto released = m_world.remembered.releases.find(known.environment.id);
    const engine::Intent intent{.policy = draft.policy,
                                .environment = known.environment.id,
                                .findings = codes,
                                .policy_approved = draft.approved,
                                .by_person = by_person,
                                .held = held,
                                .released_s = released == m_world.remembered.releases.end() ? 0 : released->second};
    return engine::judge(intent, history, ceilings, now_s, local_time(now_s));
}

Result<void> Fixing::may_start(const Known& known, const policy::Draft& draft) const
{
    const auto verdict = verdict_on(known, draft, true);
    if (!draft.approved) {
        return fail(ErrorCode::not_approved, "the policy '" + draft.policy.name +
                                                 "' is not approved: envfixctl policy show " + draft.policy.name +
                                                 ", then envfixctl policy approve " + draft.policy.name);
    }
    if (known.hold && verdict.leave == engine::Leave::wait) return fail(ErrorCode::held, verdict.why);
    if (verdict.leave == engine::Leave::quarantined) {
        return fail(ErrorCode::quarantined, verdict.why + "; `envfixctl release " + known.environment.path + "` lets it try again");
    }
    if (verdict.leave == engine::Leave::wait) return fail(ErrorCode::held, verdict.why);
    return {};
}

Result<std::string> Fixing::start(model::Plan plan, const policy::Draft& draft, const std::string& by)
{
    auto* known = m_world.catalogue.find(plan.environment_id);
    if (known == nullptr) return fail(ErrorCode::not_found, "the environment is gone");
    if (only_advises(plan)) return fail(ErrorCode::not_supported, "nothing is safe to do here: " + advice_of(plan));
    const auto current = m_world.plans.find(plan.id);
    if (!current || current->state != model::PlanState::waiting) { // another request was faster
        return fail(ErrorCode::plan_changed, "plan " + plan.id + " does not wait any more; look again: envfixctl status " +
                                                 plan.environment_path);
    }
    if (!m_judging->queue().begin_fix(plan.environment_id)) {
        return fail(ErrorCode::busy, "another fix is at work");
    }
    model::Run run{.id = new_run_id(),
                   .plan_id = plan.id,
                   .environment_id = plan.environment_id,
                   .environment_path = plan.environment_path,
                   .policy = plan.policy,
                   .approved_by = by,
                   .findings = plan.findings,
                   .started_s = wall_clock_s()};
    set_plan_state(plan, model::PlanState::approved, "approved by " + by);
    set_plan_state(plan, model::PlanState::running, "run " + run.id);
    if (plan.state != model::PlanState::running) { // an approval that cannot be written down is none
        m_judging->queue().end_fix(plan.environment_id);
        if (plan.state == model::PlanState::approved) set_plan_state(plan, model::PlanState::failed, "it could not be begun");
        return fail(ErrorCode::no_space, "the approval of plan " + plan.id + " cannot be written down; nothing was done");
    }
    const auto begun = m_world.journal.begin_run(run);
    if (!begun) {
        m_judging->queue().end_fix(plan.environment_id);
        set_plan_state(plan, model::PlanState::failed, begun.error().message);
        return fail(begun.error()); // what cannot be written down is not done
    }
    known->run = run.id;
    publish_environment(m_world, plan.environment_id);
    m_world.bus->run_changed(run);
    auto id = run.id;
    m_world.tasks->start("fix", carry_out(known->environment, std::move(plan), draft.policy, std::move(run)));
    return id;
}

// -- a run -----------------------------------------------------------------------------------------------------------

asio::awaitable<void> Fixing::carry_out(model::Environment environment, model::Plan plan, model::FixPolicy policy,
                                        model::Run run)
{
    const auto before = judge_environment(m_world, environment);

    remedy::RepairRequest request{.plan = plan,
                                  .run = run.id,
                                  .surroundings = surroundings_of(m_world),
                                  .interpreters = base_interpreters(m_world),
                                  .chain = m_world.configuration.chain};
    request.proof = app::probe_request(before, m_world.configuration.chain, m_world.surroundings.home,
                                       m_world.surroundings.search_path, m_world.surroundings.state_dir);
    request.proof.links = app::proof_links(before, m_world.configuration.chain, plan.findings);
    request.proof.verify_command = policy.verify_command;
    request.proof.verify_directory = environment.project.empty() ? environment.path : environment.project;

    remedy::RepairPorts ports;
    ports.recapture = [this, environment]() -> asio::awaitable<Result<model::Snapshot>> {
        co_return judge_environment(m_world, environment).snapshot;
    };
    ports.check = [this](const model::Snapshot& snapshot) {
        return checks::run_all(snapshot, m_world.configuration.chain);
    };
    ports.installer_at_work = [this, environment](const std::string&) { return installer_at_work(m_world, environment); };
    ports.tell = [this, run_id = run.id](const model::RunEvent& event) {
        const auto written = m_world.journal.append_event(run_id, event);
        if (!written) spdlog::error("{} (run={})", escape_untrusted(written.error().message), run_id);
        m_world.bus->run_progress(run_id, event);
    };
    ports.now_ms = [] { return wall_clock_ns() / 1'000'000; };

    auto* log = &m_world.transactions;
    auto* store = &m_world.store;
    const auto ended = co_await remedy::repair(std::move(request), std::move(ports), log, store);

    if (ended) {
        run.state = ended->state;
        run.summary = ended->summary;
        run.proof = ended->proof;
    } else {
        run.state = model::RunState::failed;
        run.summary = "nothing was done";
        run.proof = ended.error().message;
    }
    const bool worked = run.state == model::RunState::fixed;
    const bool moved = !ended && ended.error().code == ErrorCode::plan_changed;
    set_plan_state(plan, worked ? model::PlanState::done : moved ? model::PlanState::stale : model::PlanState::failed,
                   worked ? run.summary : run.proof);
    end_run(std::move(run));
}

void Fixing::note_attempt(const model::Run& run)
{
    const auto noted = m_world.journal.note_attempt({.environment = run.environment_id,
                                                     .policy = run.policy,
                                                     .findings = run.findings,
                                                     .at_s = run.started_s,
                                                     .automatic = run.approved_by == k_automatic,
                                                     .worked = run.state == model::RunState::fixed});
    if (!noted) spdlog::error("{} (run={})", escape_untrusted(noted.error().message), run.id);
}

void Fixing::end_run(model::Run run)
{
    run.ended_s = wall_clock_s();
    const auto written = m_world.journal.end_run(run);
    if (!written) {
        spdlog::error("{} (run={})", escape_untrusted(written.error().message), run.id);
        m_world.tasks->start("history", write_later(run));
    }
    note_attempt(run);
    spdlog::info("{}: {} (run={} environment={})", model::to_string(run.state), escape_untrusted(run.summary), run.id,
                 run.environment_id);
    if (auto* known = m_world.catalogue.find(run.environment_id)) known->run.clear();
    m_judging->queue().end_fix(run.environment_id);
    const auto judged = m_judging->judge_now(run.environment_id, false);
    if (!judged) spdlog::debug("{}", escape_untrusted(judged.error().message));
    publish_environment(m_world, run.environment_id);
    m_world.bus->run_changed(written ? m_world.journal.run(run.id).value_or(run) : run);
    m_judging->resume();
}

asio::awaitable<void> Fixing::write_later(model::Run run)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    constexpr std::chrono::seconds k_pause{5};
    asio::steady_timer timer(m_world.loop);
    for (;;) {
        timer.expires_after(k_pause);
        const auto [error] = co_await timer.async_wait(k_as_values);
        if (error) co_return; // the next start finds out from the backup
        if (m_world.journal.end_run(run)) break;
    }
    spdlog::info("the end of the run is written down (run={})", run.id);
    m_world.bus->run_changed(m_world.journal.run(run.id).value_or(run));
}

asio::awaitable<void> Fixing::answer_fix(std::string id, bool consent, std::string by, bus::Done<std::string> done)
{
    auto planned = co_await make_plan(id);
    if (!planned) {
        done(fail(planned.error()));
        co_return;
    }
    if (!*planned) {
        done(std::string{});
        co_return;
    }
    const auto& [plan, draft] = **planned;
    const auto* known = m_world.catalogue.find(id);
    if (known == nullptr) {
        done(fail(ErrorCode::not_found, "the environment is gone"));
        co_return;
    }
    if (only_advises(plan)) {
        done(fail(ErrorCode::not_supported, "nothing is safe to do here: " + advice_of(plan)));
        co_return;
    }
    if (auto may = may_start(*known, draft); !may) {
        done(fail(may.error()));
        co_return;
    }
    if (!consent && draft.policy.mode != model::PolicyMode::automatic) {
        done(fail(ErrorCode::not_approved, "plan " + plan.id + " waits: envfixctl approve " + plan.id));
        co_return;
    }
    done(start(plan, draft, by));
}

void Fixing::fix(const std::string& id, bool consent, const bus::Caller& caller, bus::Done<std::string> done)
{
    m_world.tasks->start("fix", answer_fix(id, consent, by_of(caller, m_world), std::move(done)));
}

void Fixing::approve(const std::string& plan_id, const std::string& digest, const bus::Caller& caller,
                     bus::Done<std::string> done)
{
    auto found = m_world.plans.find(plan_id);
    if (!found) {
        done(fail(found.error()));
        return;
    }
    auto plan = *std::move(found);
    if (plan.digest != digest) {
        done(fail(ErrorCode::plan_changed, "plan " + plan.id + " is not the one that was shown"));
        return;
    }
    if (plan.state != model::PlanState::waiting) {
        done(fail(ErrorCode::plan_changed, "plan " + plan.id + " is " + std::string{model::to_string(plan.state)} +
                                               (plan.state_reason.empty() ? "" : ": " + plan.state_reason) +
                                               "; make a new one: envfixctl plan " + plan.environment_path));
        return;
    }
    const auto judged = m_judging->judge_now(plan.environment_id, false); // makes it stale where the environment moved
    const auto now = m_world.plans.find(plan.id);
    const auto* known = m_world.catalogue.find(plan.environment_id);
    if (!judged || known == nullptr || !now || now->state != model::PlanState::waiting) {
        done(fail(ErrorCode::plan_changed, "the environment has changed since plan " + plan.id + " was made; look at the new one: "
                                           "envfixctl plan " + plan.environment_path));
        return;
    }
    const auto drafts = drafts_for(*known);
    const auto draft = std::ranges::find_if(drafts, [&](const policy::Draft& each) {
        return each.policy.sha256 == plan.policy_sha256;
    });
    if (draft == drafts.end()) {
        done(fail(ErrorCode::plan_changed, "the policy '" + plan.policy + "' has changed since plan " + plan.id + " was made"));
        return;
    }
    if (auto may = may_start(*known, *draft); !may) {
        done(fail(may.error()));
        return;
    }
    done(start(std::move(plan), *draft, by_of(caller, m_world)));
}

void Fixing::reject(const std::string& plan_id, const bus::Caller& caller, bus::Done<void> done)
{
    auto found = m_world.plans.find(plan_id);
    if (!found) {
        done(fail(found.error()));
        return;
    }
    if (found->state != model::PlanState::waiting) {
        done(fail(ErrorCode::plan_changed, "plan " + found->id + " does not wait: it is " +
                                               std::string{model::to_string(found->state)}));
        return;
    }
    set_plan_state(*found, model::PlanState::rejected, "rejected by " + by_of(caller, m_world));
    done({});
}

// -- undo ------------------------------------------------------------------------------------------------------------

void Fixing::undo(const std::string& run_id, const bus::Caller& caller, bus::Done<std::string> done)
{
    auto found = find_run(m_world.journal, run_id);
    if (!found) {
        done(fail(found.error()));
        return;
    }
    auto run = *std::move(found);
    if (run.state != model::RunState::fixed) {
        done(fail(ErrorCode::not_supported, "run " + run.id + " left nothing to take back: it is " +
                                                std::string{model::to_string(run.state)}));
        return;
    }
    const auto* known = m_world.catalogue.find(run.environment_id);
    if (known == nullptr) {
        done(fail(ErrorCode::not_found, "the environment " + run.environment_path + " of run " + run.id + " is not known any more"));
        return;
    }
    const auto environment = known->environment;
    if (const auto installer = installer_at_work(m_world, environment)) {
        done(fail(ErrorCode::busy, *installer + " works in " + environment.path));
        return;
    }
    // Where packages lie does not say it: the run may have made the whole environment again, or another one did since.
    const auto root = remedy::root_of_backup(work_root(environment), run.id);
    if (!root) {
        done(fail(root.error()));
        return;
    }
    if (!m_judging->queue().begin_fix(run.environment_id)) {
        done(fail(ErrorCode::busy, "a fix is at work"));
        return;
    }
    Result<void> undone;
    {
        const auto lock = fs::FileLock::directory(*root);
        undone = lock ? remedy::undo(m_world.transactions, *root, run.id, new_run_id(), wall_clock_s())
                      : Result<void>(fail(lock.error()));
    }
    m_judging->queue().end_fix(run.environment_id);
    if (!undone) {
        done(fail(undone.error()));
        m_judging->resume();
        return;
    }
    mark_undone(run.id, "taken back by " + by_of(caller, m_world));
    // What a person took back on purpose is not repaired again behind his back.
    m_left_alone[run.environment_id] = judge_environment(m_world, environment).report.fingerprint;
    const auto judged = m_judging->judge_now(run.environment_id, false);
    if (!judged) spdlog::debug("{}", escape_untrusted(judged.error().message));
    m_world.bus->run_changed(m_world.journal.run(run.id).value_or(run));
    done(run.id);
    m_judging->resume();
}

// -- by itself -------------------------------------------------------------------------------------------------------

void Fixing::keep_in_store(const app::Judgement& judgement)
{
    if (judgement.report.state != model::EnvironmentState::healthy) return;
    auto& kept = m_kept[judgement.report.id];
    if (kept == judgement.report.fingerprint) return;
    kept = judgement.report.fingerprint;
    auto distributions = worth_keeping(judgement.snapshot);
    if (distributions.empty()) return;
    // Hashing and copying tens of megabytes is not for the loop. RECORD is read when its turn comes: after the start a thousand
    // environments wait.
    asio::post(m_world.pool, [tree = &m_world.tree, store = &m_world.store, distributions = std::move(distributions),
                              soabi = judgement.snapshot.interpreter.soabi] {
        for (const auto& distribution : distributions) {
            const auto request = keep_request(*tree, distribution, soabi);
            if (!request) continue;
            const auto done = store->keep(*request, wall_clock_s());
            if (!done) spdlog::debug("not kept: {}", escape_untrusted(done.error().message));
        }
    });
}

asio::awaitable<void> Fixing::act_by_itself(std::string id, engine::Leave leave)
{
    if (leave == engine::Leave::go) {
        bus::Done<std::string> done = [id](const Result<std::string>& started) {
            if (!started) spdlog::info("{} (environment={})", escape_untrusted(started.error().message), id);
        };
        const std::string by = k_automatic;
        co_await answer_fix(id, true, by, std::move(done));
        co_return;
    }
    const auto planned = co_await make_plan(id);
    if (!planned) spdlog::info("{} (environment={})", escape_untrusted(planned.error().message), id);
}

void Fixing::after_judgement(const app::Judgement& judgement, bool may_repair)
{
    const auto& id = judgement.report.id;
    drop_stale_plans(judgement);
    keep_in_store(judgement);
    auto* known = m_world.catalogue.find(id);
    const bool wrong = std::ranges::any_of(judgement.findings, is_wrong);
    if (known == nullptr || !known->run.empty() || !may_repair || !wrong) return;
    if (judgement.report.state == model::EnvironmentState::unverifiable) return;
    const auto alone = m_left_alone.find(id);
    if (alone != m_left_alone.end() && alone->second == judgement.report.fingerprint) return;
    const bool planned = std::ranges::any_of(m_world.plans.of(id), [&](const model::Plan& plan) {
        return plan.fingerprint == judgement.report.fingerprint && plan.state != model::PlanState::stale;
    });
    if (planned) return; // it waits, or was tried or rejected for just this state
    const auto drafts = drafts_for(*known);
    if (drafts.empty() || !drafts.front().approved) return;
    const auto verdict = verdict_on(*known, drafts.front(), false);
    switch (verdict.leave) {
    case engine::Leave::go:
    case engine::Leave::ask: m_world.tasks->start("plan", act_by_itself(id, verdict.leave)); break;
    case engine::Leave::quarantined:
        if (!known->quarantine) {
            known->quarantine = verdict.why;
            m_world.remembered.quarantines[id] = verdict.why;
            const auto saved = save_remembered(m_world.surroundings.state_dir, m_world.remembered);
            if (!saved) spdlog::error("{}", escape_untrusted(saved.error().message));
            spdlog::warn("gave up on {}: {} (environment={})", escape_untrusted(judgement.report.path),
                         escape_untrusted(verdict.why), id);
            publish_environment(m_world, id);
        }
        break;
    case engine::Leave::wait:
        spdlog::debug("{} (environment={})", escape_untrusted(verdict.why), id);
        queue_until(id, verdict.until_s);
        break;
    case engine::Leave::observe: spdlog::debug("{} (environment={})", escape_untrusted(verdict.why), id); break;
    }
}

void Fixing::queue_until(const std::string& id, std::int64_t until_s)
{
    const bool waits = m_queued.contains(id);
    m_queued[id] = until_s;
    if (!waits) m_world.tasks->start("queue", judge_when_due(id));
}

asio::awaitable<void> Fixing::judge_when_due(std::string id)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    // The wall clock may be put elsewhere meanwhile: it is asked anew every minute.
    constexpr std::int64_t k_longest_s = 60;
    asio::steady_timer timer(m_world.loop);
    for (;;) {
        const auto left_s = m_queued[id] - wall_clock_s();
        if (left_s <= 0) break;
        timer.expires_after(std::chrono::seconds(std::min(left_s, k_longest_s)));
        const auto [error] = co_await timer.async_wait(k_as_values);
        if (error) co_return;
    }
    m_queued.erase(id);
    if (m_world.catalogue.find(id) != nullptr) m_judging->enqueue(id, engine::Urgency::change);
}

void Fixing::recovered(const remedy::Recovered& recovered)
{
    using Outcome = remedy::Recovered::Outcome;
    if (!recovered.undoes.empty()) {
        if (recovered.outcome == Outcome::finished) mark_undone(recovered.undoes, recovered.text);
        return;
    }
    auto found = m_world.journal.run(recovered.run);
    if (!found) return; // its beginning was never written down
    auto run = *std::move(found);
    const bool over = recovered.outcome == Outcome::finished || recovered.outcome == Outcome::reverted;
    if (run.state != model::RunState::running || !over) return;
    run.state = recovered.outcome == Outcome::finished ? model::RunState::fixed : model::RunState::reverted;
    run.summary = recovered.outcome == Outcome::finished ? "finished after an interruption" : "taken back after an interruption";
    run.proof = recovered.text;
    run.ended_s = wall_clock_s();
    note_attempt(run);
    const auto written = m_world.journal.end_run(run);
    if (!written) spdlog::error("{} (run={})", escape_untrusted(written.error().message), run.id);
}

void Fixing::mark_undone(const std::string& run_id, const std::string& how)
{
    auto found = m_world.journal.run(run_id);
    if (!found) return;
    const model::RunEvent event{.at_ms = wall_clock_ns() / 1'000'000, .step = "undo", .text = how};
    const auto told = m_world.journal.append_event(run_id, event);
    if (!told) spdlog::error("{} (run={})", escape_untrusted(told.error().message), run_id);
    found->state = model::RunState::undone;
    const auto written = m_world.journal.end_run(*found);
    if (written) return;
    spdlog::error("{} (run={})", escape_untrusted(written.error().message), run_id);
    m_world.tasks->start("history", write_later(*std::move(found)));
}

void Fixing::close_dead_runs()
{
    auto dead = m_world.journal.running().value_or(std::vector<model::Run>{});
    auto recent = m_world.journal.runs({}, 0, k_recent_runs).value_or(model::Page<model::Run>{}).items;
    recent.insert(recent.end(), dead.begin(), dead.end());
    const auto told = aftermath_of(recent);
    const auto in_flight = m_world.transactions.in_flight();
    std::set<std::string> kept;
    for (auto& run : dead) {
        // Its environment is away or locked: it is neither old nor new until recovery gets there.
        if (std::ranges::find(in_flight, run.id) != in_flight.end()) continue;
        const bool taken_back = std::ranges::find(run.events, "undo", &model::RunEvent::step) != run.events.end();
        if (told.kept.contains(run.id) && !taken_back) {
            kept.insert(run.plan_id);
            run.state = model::RunState::fixed;
            run.summary = "it was proved and kept";
            run.proof = "the daemon ended before it had written so; the backup tells it";
        } else {
            run.state = model::RunState::reverted;
            run.summary = "interrupted before anything was changed";
            run.proof = "the daemon ended while it prepared the fix";
        }
        run.ended_s = wall_clock_s();
        note_attempt(run);
        const auto written = m_world.journal.end_run(run);
        if (!written) spdlog::error("{} (run={})", escape_untrusted(written.error().message), run.id);
    }
    for (const auto& run : recent) {
        if (run.state == model::RunState::fixed) kept.insert(run.plan_id); // that recovery finished just now, too
        if (run.state == model::RunState::fixed && told.undone.contains(run.id)) {
            mark_undone(run.id, "it was taken back; the daemon ended before it had written so");
        }
    }
    for (auto& plan : m_world.plans.all()) {
        if (plan.state != model::PlanState::running && plan.state != model::PlanState::approved) continue;
        if (plan.state == model::PlanState::running && kept.contains(plan.id)) {
            set_plan_state(plan, model::PlanState::done, "it was proved and kept");
        } else {
            set_plan_state(plan, model::PlanState::failed, "the daemon ended while it was carried out");
        }
    }
}

} // namespace envfix::service
