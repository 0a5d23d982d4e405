#include "service/running.hpp"

#include "base/as_values.hpp"
#include "base/printable.hpp"
#include "fs/lock.hpp"
#include "remedy/backup.hpp"
#include "remedy/repair.hpp"
#include "report/next_step.hpp"
#include "service/aftermath.hpp"
#include "service/base_interpreters.hpp"
#include "service/chronicle.hpp"
#include "service/installers.hpp"
#include "service/project_place.hpp"
#include "service/publishing.hpp"
#include "service/runs.hpp"
#include "service/system_fix.hpp"
#include "service/upkeep.hpp"

#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

namespace envfix::service {

bool Running::was_taken_back(const std::string& id, const std::string& fingerprint) const
{
    const auto alone = m_left_alone.find(id);
    return alone != m_left_alone.end() && alone->second == fingerprint;
}

Result<std::string> Running::start(model::Plan plan, const policy::Draft& draft, const std::string& by, std::int64_t asked_ms,
                                   app::Judgement before)
{
    auto* known = m_world.catalogue.find(plan.environment_id);
    if (known == nullptr) return fail(ErrorCode::not_found, "the environment is gone");
    if (only_advises(plan)) return fail(ErrorCode::not_supported, refusal_of(plan));
    const auto current = m_world.plans.find(plan.id);
    if (!current || current->state != model::PlanState::waiting) { // another request was faster
        return fail(ErrorCode::plan_changed, "plan " + plan.id + " does not wait any more; look again: envfixctl status " +
                                                 plan.environment_path);
    }
    if (!known->run.empty() || !m_judging->queue().begin_fix(plan.environment_id)) {
        return fail(ErrorCode::busy, "another fix is at work");
    }
    model::Run run{.id = new_run_id(),
                   .plan_id = plan.id,
                   .environment_id = plan.environment_id,
                   .environment_path = plan.environment_path,
                   .policy = plan.policy,
                   .approved_by = by,
                   .findings = plan.findings,
                   .started_s = wall_clock_s(),
                   .events = {{.at_ms = asked_ms, .step = "approval", .text = "approved by " + by}}};
    const auto begun = m_world.plans.begin(m_world.journal, run);
    if (!begun) { // an approval that cannot be written down is none
        m_judging->queue().end_fix(plan.environment_id);
        return fail(begun.error().code, "the approval of plan " + plan.id + " cannot be written down, nothing was done: " +
                                            begun.error().message);
    }
    plan.state = model::PlanState::approved;
    plan.state_reason = "approved by " + by;
    record_state(plan);
    plan = *begun;
    m_world.bus->plan_changed(plan);
    record(Event::run_started, "fix of " + run.environment_path + " by " + run.policy + " begins, approved by " + by, about(run));
    known->run = run.id;
    publish_environment(m_world, plan.environment_id);
    m_world.bus->run_changed(run);
    auto id = run.id;
    m_world.tasks->start("fix", carry_out(known->environment, std::move(plan), draft.policy, std::move(run), std::move(before)));
    return id;
}

asio::awaitable<void> Running::carry_out(model::Environment environment, model::Plan plan, model::FixPolicy policy,
                                        model::Run run, app::Judgement before)
{
    if (is_system(m_world)) {
        co_await install_for_system(std::move(environment), std::move(plan), std::move(run));
        co_return;
    }
    const auto id = environment.id;
    co_await m_planning.come_to_an_end(id);
    if (before.report.fingerprint != plan.fingerprint) before = judge_environment(m_world, environment);

    remedy::RepairRequest request{.plan = plan,
                                  .run = run.id,
                                  .surroundings = surroundings_of(m_world),
                                  .seen = before.snapshot,
                                  .tried = m_world.plans.tried_key(plan.id, boot_clock_s()),
                                  .interpreters = base_interpreters(m_world),
                                  .chain = m_world.configuration.chain};
    request.proof = proof_request(m_world, before, plan.findings);
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
    ports.tell = telling(run.id);
    ports.now_ms = [] { return wall_clock_ms(); };

    const auto ended = co_await climb(std::move(environment), std::move(request), std::move(ports));
    if (!ended && ended.error().code == ErrorCode::cancelled) co_return; // the machine's daemon goes on, and our next start says so
    conclude(ended, std::move(plan), std::move(run));
}

asio::awaitable<void> Running::install_for_system(model::Environment environment, model::Plan plan, model::Run run)
{
    const auto ended = co_await fix_system(&m_world, std::move(environment), plan, run.id, telling(run.id));
    if (!ended && ended.error().code == ErrorCode::cancelled) co_return; // it goes on, and the next start finds out
    conclude(ended, std::move(plan), std::move(run));
}

bool Running::keep_interrupted(const model::Run& run)
{
    if (!is_system(m_world)) return false;
    auto plan = m_world.plans.find(run.plan_id);
    if (!plan || plan->id != run.plan_id || plan->state != model::PlanState::running || !installs_for_system(*plan)) return false;
    m_interrupted.push_back({.run = run, .plan = *std::move(plan)});
    return true;
}

std::string Running::interrupted_in(const std::string& environment_id) const
{
    for (const auto& each : m_interrupted) {
        if (each.run.environment_id == environment_id) return each.run.id;
    }
    return {};
}

std::set<std::string> Running::interrupted_plans() const
{
    std::set<std::string> plans;
    for (const auto& each : m_interrupted) plans.insert(each.plan.id);
    return plans;
}

void Running::end_interrupted()
{
    for (auto& each : std::exchange(m_interrupted, {})) {
        if (is_of_no_environment(each.plan)) {
            if (!m_judging->queue().begin_fix(each.run.environment_id)) spdlog::warn("another fix is at work (run={})", each.run.id);
            m_world.tasks->start("fix", wait_for_install(std::move(each)));
            continue;
        }
        const auto* known = m_world.catalogue.find(each.run.environment_id);
        if (known == nullptr) {
            const Result<SystemFix> gone = SystemFix{.state = model::RunState::failed,
                                                     .summary = "it is not known what became of it",
                                                     .proof = "the daemon ended meanwhile, and the environment is gone"};
            conclude(gone, std::move(each.plan), std::move(each.run));
            continue;
        }
        if (!m_judging->queue().begin_fix(each.run.environment_id)) spdlog::warn("another fix is at work (run={})", each.run.id);
        m_world.tasks->start("fix", wait_for_end(known->environment, std::move(each)));
    }
}

asio::awaitable<void> Running::wait_for_end(model::Environment environment, Interrupted interrupted)
{
    const auto ended = co_await service::end_interrupted(&m_world, std::move(environment), interrupted.plan, interrupted.run,
                                                         telling(interrupted.run.id));
    if (!ended && ended.error().code == ErrorCode::cancelled) co_return;
    conclude(ended, std::move(interrupted.plan), std::move(interrupted.run));
}

std::function<void(const model::RunEvent&)> Running::telling(const std::string& run_id)
{
    return [this, run_id](const model::RunEvent& event) {
        // Until the proof nothing that is told is needed to make sense of a run that was cut off.
        const bool early = event.step == "stage" || event.step == "trial" || event.step == "transaction";
        const auto sync = early ? journal::Journal::Sync::with_next : journal::Journal::Sync::now;
        const auto written = m_world.journal.append_event(run_id, event, sync);
        if (!written) spdlog::error("{} (run={})", escape_untrusted(written.error().message), run_id);
        m_world.bus->run_progress(run_id, event);
    };
}

void Running::conclude(const Result<remedy::RepairEnd>& ended, model::Plan plan, model::Run run)
{
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
    m_planning.set_state(plan, worked ? model::PlanState::done : moved ? model::PlanState::stale : model::PlanState::failed,
                   worked ? run.summary : run.proof);
    end_run(std::move(run));
}

void Running::end_run(model::Run run)
{
    run.ended_s = wall_clock_s();
    note_manifest(run); // first: a run that has ended well has one
    const auto written = m_world.journal.end_run(run);
    if (!written) {
        spdlog::error("{} (run={})", escape_untrusted(written.error().message), run.id);
        m_world.tasks->start("history", write_later(run));
    }
    note_attempt(run);
    record_end(run);
    if (auto* known = m_world.catalogue.find(run.environment_id)) known->run.clear();
    m_judging->queue().end_fix(run.environment_id);
    const auto judged = m_judging->judge_now(run.environment_id, false);
    if (!judged) spdlog::debug("{}", escape_untrusted(judged.error().message));
    publish_environment(m_world, run.environment_id);
    m_world.bus->run_changed(written ? m_world.journal.run(run.id).value_or(run) : run);
    m_judging->resume();
}

asio::awaitable<void> Running::write_later(model::Run run)
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

void Running::note_manifest(const model::Run& run)
{
    if (run.state != model::RunState::fixed) return;
    const auto sha256 = manifest_of(run);
    if (sha256.empty()) return; // the machine's own fixes leave no backup
    const auto noted = m_world.journal.note_manifest(run.id, sha256);
    if (!noted) spdlog::error("{} (run={})", escape_untrusted(noted.error().message), run.id);
}

void Running::note_attempt(const model::Run& run)
{
    const auto noted = m_world.journal.note_attempt({.environment = run.environment_id,
                                                     .policy = run.policy,
                                                     .findings = run.findings,
                                                     .at_s = run.started_s,
                                                     .automatic = run.approved_by == k_automatic,
                                                     .worked = run.state == model::RunState::fixed});
    if (!noted) spdlog::error("{} (run={})", escape_untrusted(noted.error().message), run.id);
}

void Running::undo(const std::string& run_id, const bus::Caller& caller, bus::Done<std::string> done)
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
    if (report::ended_with_packages(run)) {
        done(fail(ErrorCode::not_supported, "packages of the system are not taken back: " + run.summary));
        return;
    }
    const auto* known = m_world.catalogue.find(run.environment_id);
    // A project is no environment any more once the run has made one in it.
    const auto project = project_at(run.environment_path);
    const bool is_project = run.environment_id == project.id;
    if (known == nullptr && is_project) known = m_world.catalogue.find(other_id_of(project));
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
    const auto manifest = m_world.journal.manifest(run.id);
    if (!manifest) {
        done(fail(manifest.error()));
        return;
    }
    if (!m_judging->queue().begin_fix(environment.id)) {
        done(fail(ErrorCode::busy, "a fix is at work"));
        return;
    }
    Result<void> undone;
    {
        const auto lock = fs::FileLock::directory(*root);
        undone = lock ? remedy::undo(m_world.transactions, *root, run.id, new_run_id(), wall_clock_s(), *manifest)
                      : Result<void>(fail(lock.error()));
    }
    m_judging->queue().end_fix(environment.id);
    if (!undone) {
        done(fail(undone.error()));
        m_judging->resume();
        return;
    }
    mark_undone(run.id, "taken back by " + by_of(caller, m_world));
    // What a person took back on purpose is not repaired again behind his back.
    const auto& left = is_project ? project : environment;
    m_left_alone[left.id] = judge_environment(m_world, left).report.fingerprint;
    const auto judged = m_judging->judge_now(left.id, false);
    if (!judged) spdlog::debug("{}", escape_untrusted(judged.error().message));
    m_world.bus->run_changed(m_world.journal.run(run.id).value_or(run));
    done(run.id);
    m_judging->resume();
}

void Running::mark_undone(const std::string& run_id, const std::string& how)
{
    auto found = m_world.journal.run(run_id);
    if (!found) return;
    record(Event::run_undone, "run " + run_id + " of " + found->environment_path + " is undone: " + how, about(*found));
    const model::RunEvent event{.at_ms = wall_clock_ms(), .step = "undo", .text = how};
    const auto told = m_world.journal.append_event(run_id, event);
    if (!told) spdlog::error("{} (run={})", escape_untrusted(told.error().message), run_id);
    found->state = model::RunState::undone;
    const auto written = m_world.journal.end_run(*found);
    if (written) return;
    spdlog::error("{} (run={})", escape_untrusted(written.error().message), run_id);
    m_world.tasks->start("history", write_later(*std::move(found)));
}

} // namespace envfix::service
