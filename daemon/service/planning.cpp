#include "service/planning.hpp"

#include "base/printable.hpp"
#include "model/plan_steps.hpp"
#include "probe/runner.hpp"
#include "remedy/resolve.hpp"
#include "remedy/tryout.hpp"
#include "report/next_step.hpp"
#include "service/base_interpreters.hpp"
#include "service/chronicle.hpp"
#include "service/installers.hpp"
#include "service/machine_packages.hpp"
#include "service/publishing.hpp"
#include "service/system_fix.hpp"
#include "service/system_versions.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace envfix::service {

namespace {

constexpr const char* k_trials = "trials"; ///< no id of an environment

/// It says what would be done, or is to be done, and nothing of it has begun.
bool is_before_a_person(const model::Plan& plan)
{
    return plan.state == model::PlanState::waiting || plan.state == model::PlanState::advice;
}

/// Whether a plan that was made is the one that would be made.
bool is_same(const model::Plan& plan, const policy::Draft& draft, const std::string& fingerprint)
{
    return is_before_a_person(plan) && plan.policy_sha256 == draft.policy.sha256 && plan.fingerprint == fingerprint &&
           plan.findings == draft.findings;
}

std::string on_one_line(std::string_view text)
{
    std::string line;
    for (const char byte : text) {
        const bool blank = byte == '\n' || byte == ' ';
        if (!blank) line += byte;
        if (blank && !line.empty() && !line.ends_with(' ')) line += ' ';
    }
    while (line.ends_with(' ')) line.pop_back();
    return line;
}

} // namespace

bool is_wrong(const model::Finding& finding)
{
    return finding.severity != model::Severity::info;
}

bool only_advises(const model::Plan& plan)
{
    const auto advises = [](const model::Rung& rung) { return std::ranges::all_of(rung.steps, model::is_for_a_person); };
    return std::ranges::all_of(plan.ladder, [&](const model::Rung& rung) { return advises(rung) || !rung.unavailable.empty(); });
}

bool may_come_back(const model::Plan& plan)
{
    return plan.state == model::PlanState::advice && (report::is_left_out(plan) || hands_over_packages(plan));
}

std::string told_in_a_line(const model::Plan& plan)
{
    if (report::is_left_out(plan)) {
        return "nothing that the policy '" + plan.policy + "' names can be done as things are: " + on_one_line(report::left_out_line(plan));
    }
    const auto left_out = std::ranges::find_if(plan.ladder, [](const model::Rung& rung) { return !rung.unavailable.empty(); });
    auto why = left_out == plan.ladder.end() ? std::string{} : left_out->unavailable;
    while (why.ends_with('.')) why.pop_back();
    if (!why.empty()) why += "; ";
    const auto advice = model::advice_of(plan);
    return why + (advice.empty() ? "nothing can be done about it automatically" : on_one_line(advice));
}

std::string refusal_of(const model::Plan& plan)
{
    const auto told = told_in_a_line(plan);
    return report::is_left_out(plan) ? told : "nothing is safe to do here: " + told;
}

std::string advice_of(const policy::Draft& draft)
{
    std::string advice;
    for (const auto& rung : draft.ladder) {
        for (const auto& step : rung) {
            if (step.kind != model::StepKind::advise) return {};
            if (advice.empty()) advice = step.text;
        }
    }
    return advice;
}

std::string by_of(const bus::Caller& caller, const World& world)
{
    const bool own = world.surroundings.instance == app::Instance::user;
    return (own ? world.surroundings.user : name_of_user(caller.uid)) + " (uid " + std::to_string(caller.uid) + ")";
}

remedy::Surroundings surroundings_of(const World& world)
{
    const auto& own = world.surroundings;
    return {.environment = {"HOME=" + own.home, "PATH=" + own.search_path, "LANG=C.UTF-8"},
            .scratch_parent = own.state_dir,
            .wheels = own.state_dir + "/wheels"};
}

probe::Request proof_request(const World& world, const app::Judgement& judgement, const std::vector<std::string>& findings)
{
    auto request = app::probe_request(judgement, world.configuration.chain, world.surroundings.home, world.surroundings.search_path,
                                      world.surroundings.state_dir);
    request.links = app::proof_links(judgement, world.configuration.chain, findings);
    return request;
}

policy::Facts facts_of(const Known& known)
{
    return {.kind = known.environment.kind,
            .python = known.report.interpreter_version,
            .path = known.environment.path,
            .project = known.environment.project};
}

std::vector<policy::Draft> Planning::drafts_for(const Known& known) const
{
    model::Findings wrong;
    std::ranges::copy_if(known.report.findings, std::back_inserter(wrong), is_wrong);
    return policy::choose(wrong, facts_of(known), m_world.configuration.policies, approvals_in_force(m_world));
}

void Planning::set_state(model::Plan& plan, model::PlanState state, const std::string& reason)
{
    const auto changed = m_world.plans.set_state(m_world.journal, plan.id, state, reason);
    if (!changed) {
        spdlog::error("{} (plan={})", escape_untrusted(changed.error().message), plan.id);
        return;
    }
    plan = *changed;
    record_state(plan);
    if (m_world.bus != nullptr) m_world.bus->plan_changed(plan);
    publish_environment(m_world, plan.environment_id);
}

void Planning::drop_stale(const app::Judgement& judgement)
{
    for (auto& plan : m_world.plans.of(judgement.report.id)) {
        const bool open = plan.state == model::PlanState::waiting || plan.state == model::PlanState::approved ||
                          plan.state == model::PlanState::advice;
        if (!open) continue;
        if (plan.fingerprint != judgement.report.fingerprint) {
            set_state(plan, model::PlanState::stale, "the environment has changed since the plan was made");
        } else if (plan.expires_s <= wall_clock_s()) {
            set_state(plan, model::PlanState::stale, "nobody approved it in time");
        }
    }
}

bool Planning::may_look_again(const model::Plan& plan, const policy::Draft& draft) const
{
    if (!may_come_back(plan)) return false;
    const auto looked = m_looked.find(plan.environment_id);
    return plan.policy_sha256 != draft.policy.sha256 || looked == m_looked.end() || boot_clock_s() - looked->second >= k_pause_s;
}

Result<void> Planning::check_idle(const std::string& id) const
{
    const auto* known = m_world.catalogue.find(id);
    if (known == nullptr) return fail(ErrorCode::not_found, "the environment is gone");
    if (known->run.empty()) return {};
    return fail(ErrorCode::busy, "run " + known->run + " works in " + known->environment.path +
                                     ": what is to be done there is planned when it has ended");
}

bool Planning::wants_trial(const model::Plan& plan, const policy::Draft& draft) const
{
    if (plan.state != model::PlanState::waiting || plan.policy_sha256 != draft.policy.sha256) return false;
    if (!draft.approved || m_world.plans.was_tried(plan.id)) return false;
    const auto first = std::ranges::find_if(plan.ladder, [](const model::Rung& rung) { return rung.unavailable.empty(); });
    return first != plan.ladder.end() && remedy::is_of_store(*first);
}

asio::awaitable<void> Planning::come_to_an_end(std::string id)
{
    const auto turn = co_await m_turns.take(std::move(id));
    (void)turn; // whoever stops us has stopped that as well
}

asio::awaitable<Result<Planning::Ladder>> Planning::try_out(std::vector<model::Rung> rungs, app::Judgement judgement, policy::Draft draft,
                                                            std::optional<Turns::Turn> slot)
{
    Ladder ladder{.rungs = std::move(rungs)};
    const auto next = [&] {
        const auto rung = std::ranges::find_if(ladder.rungs, [](const model::Rung& each) { return each.unavailable.empty(); });
        return rung == ladder.rungs.end() || !remedy::is_of_store(*rung) ? nullptr : &*rung;
    };
    if (!draft.approved || next() == nullptr) co_return ladder;
    if (!slot) slot = m_turns.take_if_free(k_trials);
    if (!slot) co_return ladder;
    const auto environment = judgement.snapshot.environment;
    while (auto* rung = next()) {
        remedy::TryRequest request{.rung = *rung,
                                   .fingerprint = judgement.report.fingerprint,
                                   .allow_externally_managed = draft.policy.allow_externally_managed,
                                   .run = new_run_id(),
                                   .proof = proof_request(m_world, judgement, draft.findings),
                                   .surroundings = surroundings_of(m_world)};
        remedy::RepairPorts ports;
        ports.recapture = [this, environment]() -> asio::awaitable<Result<model::Snapshot>> {
            co_return judge_environment(m_world, environment).snapshot;
        };
        ports.installer_at_work = [this, environment](const std::string&) { return installer_at_work(m_world, environment); };
        auto* log = &m_world.transactions;
        auto* store = &m_world.store;
        const auto tried = co_await remedy::try_rung(std::move(request), std::move(ports), log, store);
        if (!tried && tried.error().code == ErrorCode::cancelled) co_return fail(tried.error());
        ladder.tried = true;
        if (!tried) { // it is tried when it is carried out
            spdlog::debug("not tried beforehand: {} (environment={})", escape_untrusted(tried.error().message), environment.id);
            co_return ladder;
        }
        if (tried->objection.empty()) {
            ladder.key = tried->key;
            co_return ladder;
        }
        rung->unavailable = "tried in a copy of the environment: " + tried->objection;
    }
    co_return ladder;
}

void Planning::note_tried(model::Plan& plan, const Ladder& ladder)
{
    if (!ladder.tried || plan.state != model::PlanState::waiting) return;
    const auto* said = ladder.key.empty() ? "" : "tried when planned: the chain works in a copy of the environment";
    const auto noted = m_world.plans.note_tried(m_world.journal, plan.id, ladder.key, boot_clock_s(), said);
    if (noted) {
        plan = *noted;
    } else {
        spdlog::error("{} (plan={})", escape_untrusted(noted.error().message), plan.id);
    }
}

asio::awaitable<Result<Turns::Turn>> Planning::trial_slot()
{
    return m_turns.take(k_trials);
}

asio::awaitable<Result<std::optional<Planned>>> Planning::make(std::string id, std::optional<Turns::Turn> slot)
{
    // Of two who ask at once the second finds what was planned for the first.
    const auto turn = co_await m_turns.take(id);
    if (!turn) co_return fail(turn.error());
    if (const auto idle = check_idle(id); !idle) co_return fail(idle.error());
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
        const bool untried = slot && wants_trial(plan, draft);
        if (is_same(plan, draft, judgement.report.fingerprint) && !may_come_back(plan) && !untried) {
            Planned again{.plan = plan, .draft = std::move(draft)};
            co_return std::optional<Planned>(std::move(again));
        }
    }

    if (ladder_here(m_world, draft.ladder).empty()) {
        co_return fail(ErrorCode::not_supported, "the policy '" + draft.policy.name + "' has no step that the system instance may do: "
                                                 "it has packages of the system installed, and nothing else");
    }
    // What comes now starts its Python, to ask it for pip.
    const auto runner = probe::runner_of(app::ground_of(judgement.snapshot));
    if (!runner) co_return fail(runner.error());
    if (runner->identity) {
        co_return fail(ErrorCode::denied, known->environment.path + " belongs to uid " + std::to_string(runner->identity->uid) +
                                              ": that user's own daemon plans and fixes there");
    }
    const auto prefix = judgement.snapshot.interpreter.prefix;
    remedy::ResolveRequest request{
        .snapshot = judgement.snapshot,
        .ladder = ladder_here(m_world, draft.ladder),
        .allow_externally_managed = draft.policy.allow_externally_managed,
        .settings = remedy::read_pip_settings(m_world.surroundings.home, prefix, m_world.surroundings.pip_variables),
        .surroundings = surroundings_of(m_world),
        .interpreters = base_interpreters(m_world)};
    auto* store = &m_world.store;
    auto resolved = co_await remedy::resolve(std::move(request), store);
    if (!resolved) co_return fail(resolved.error());
    if (is_system(m_world)) {
        pin_versions(m_world.tree, *resolved);
    } else {
        auto asked = co_await ask_machine(&m_world, *std::move(resolved));
        if (!asked) co_return fail(asked.error());
        resolved = *std::move(asked);
    }
    auto tried = co_await try_out(*std::move(resolved), judgement, draft, std::move(slot));
    if (!tried) co_return fail(tried.error());
    auto ladder = *std::move(tried);
    // That took its time, in which others had their turn.
    if (const auto idle = check_idle(id); !idle) co_return fail(idle.error());
    if (m_world.catalogue.find(id)->report.fingerprint != judgement.report.fingerprint) {
        co_return fail(ErrorCode::plan_changed, judgement.report.path + " changed while the plan was made; again: envfixctl plan " +
                                                    judgement.report.path);
    }
    m_looked[id] = boot_clock_s();
    for (auto& plan : m_world.plans.of(id)) {
        if (!is_same(plan, draft, judgement.report.fingerprint) || plan.ladder != ladder.rungs) continue;
        note_tried(plan, ladder);
        Planned again{.plan = plan, .draft = std::move(draft)};
        co_return std::optional<Planned>(std::move(again));
    }

    const auto lasts_s = m_world.configuration.daemon.plan_expires.count() / 1000;
    model::Plan plan{.environment_id = id,
                     .environment_path = judgement.report.path,
                     .fingerprint = judgement.report.fingerprint,
                     .chain = judgement.snapshot.chain,
                     .policy = draft.policy.name,
                     .policy_sha256 = draft.policy.sha256,
                     .findings = draft.findings,
                     .ladder = ladder.rungs,
                     .allow_externally_managed = draft.policy.allow_externally_managed,
                     .created_s = wall_clock_s(),
                     .expires_s = wall_clock_s() + lasts_s};
    if (only_advises(plan)) plan.state = model::PlanState::advice;
    if (report::is_left_out(plan)) plan.state_reason = told_in_a_line(plan);
    plan.digest = model::plan_digest(plan);
    plan.id = plan.digest.substr(0, 12);
    for (auto& older : m_world.plans.of(id)) {
        if (is_before_a_person(older)) {
            set_state(older, model::PlanState::stale, "a newer plan takes its place");
        }
    }
    if (auto added = m_world.plans.add(m_world.journal, plan); !added) co_return fail(added.error());
    note_tried(plan, ladder);
    record_state(plan);
    if (m_world.bus != nullptr) m_world.bus->plan_changed(plan);
    publish_environment(m_world, id);
    Planned planned{.plan = std::move(plan), .draft = std::move(draft)};
    co_return std::optional<Planned>(std::move(planned));
}

void Planning::reject(const std::string& plan_id, const bus::Caller& caller, bus::Done<void> done)
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
    set_state(*found, model::PlanState::rejected, "rejected by " + by_of(caller, m_world));
    done({});
}

} // namespace envfix::service
