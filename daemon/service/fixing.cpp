#include "service/fixing.hpp"

#include "base/as_values.hpp"
#include "base/printable.hpp"
#include "report/next_step.hpp"
#include "service/chronicle.hpp"
#include "service/last_writer.hpp"
#include "service/publishing.hpp"

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

} // namespace

void Fixing::use(Judging& judging)
{
    m_judging = &judging;
    m_planning.use(judging);
    m_running.use(judging);
    m_store_keeping.use(judging);
}

asio::awaitable<void> Fixing::answer_plan(std::string id, bus::Done<std::optional<model::Plan>> done)
{
    auto planned = co_await m_planning.make(id, std::nullopt);
    look_again_later(id);
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

engine::Verdict Fixing::verdict_on(const Known& known, const policy::Draft& draft, bool by_person) const
{
    // It ends by a person, not by the time that the history goes back.
    if (known.quarantine) return {.leave = engine::Leave::quarantined, .until_s = 0, .why = *known.quarantine};
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
    const engine::Ceilings ceilings{.fixes_per_day = daemon.fixes_per_day, .automatic = daemon.automatic, .contained = m_world.let_through.empty()};
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
    if (verdict.leave == engine::Leave::quarantined) {
        return fail(ErrorCode::quarantined, verdict.why + "; `envfixctl release " + known.environment.path + "` lets it try again");
    }
    // A person is stopped by nothing else than a hold: judge() says so by `observe`.
    if (verdict.leave != engine::Leave::go) {
        return fail(ErrorCode::held, verdict.why + "; `envfixctl release " + known.environment.path + "` lets it go on");
    }
    return {};
}

asio::awaitable<void> Fixing::answer_fix(std::string id, bool consent, std::string by, bus::Done<std::string> done)
{
    auto planned = co_await m_planning.make(id, std::nullopt);
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
        done(fail(ErrorCode::not_supported, refusal_of(plan)));
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
    done(m_running.start(plan, draft, by, wall_clock_ms(), judge_environment(m_world, known->environment)));
}

void Fixing::fix(const std::string& id, bool consent, const bus::Caller& caller, bus::Done<std::string> done)
{
    m_world.tasks->start("fix", answer_fix(id, consent, by_of(caller, m_world), std::move(done)));
}

void Fixing::approve(const std::string& plan_id, const std::string& digest, const bus::Caller& caller,
                     bus::Done<std::string> done)
{
    const auto asked_ms = wall_clock_ms();
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
    if (plan.state == model::PlanState::advice) {
        const auto* what = report::is_left_out(plan) ? " cannot be approved: " : " needs no approval, it tells what you do: ";
        done(fail(ErrorCode::not_supported, "plan " + plan.id + what + told_in_a_line(plan)));
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
    const auto drafts = m_planning.drafts_for(*known);
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
    done(m_running.start(std::move(plan), *draft, by_of(caller, m_world), asked_ms, *judged));
}

void Fixing::look_again_later(const std::string& id)
{
    constexpr std::int64_t k_later_s = 30LL * 60;
    const auto* told = m_world.plans.advice(id);
    if (told != nullptr && may_come_back(*told)) queue_until(id, wall_clock_s() + k_later_s);
}

asio::awaitable<void> Fixing::act_by_itself(std::string id, engine::Leave leave)
{
    if (leave == engine::Leave::go) {
        bus::Done<std::string> done = [id](const Result<std::string>& started) {
            if (!started) spdlog::info("{} (environment={})", escape_untrusted(started.error().message), id);
        };
        const std::string by = k_automatic;
        co_await answer_fix(id, true, by, std::move(done));
    } else {
        auto planned = co_await m_planning.make(id, std::nullopt);
        const bool untried = planned && *planned && m_planning.wants_trial((*planned)->plan, (*planned)->draft);
        if (untried) { // others are tried now, and nobody waits for this one
            auto slot = co_await m_planning.trial_slot();
            if (!slot) co_return;
            std::optional<Turns::Turn> taken(*std::move(slot));
            planned = co_await m_planning.make(id, std::move(taken));
        }
        if (!planned) spdlog::info("{} (environment={})", escape_untrusted(planned.error().message), id);
    }
    look_again_later(id);
}

void Fixing::after_judgement(const app::Judgement& judgement, bool may_repair)
{
    const auto& id = judgement.report.id;
    m_planning.drop_stale(judgement);
    m_store_keeping.keep(judgement);
    auto* known = m_world.catalogue.find(id);
    const bool wrong = std::ranges::any_of(judgement.findings, is_wrong);
    if (known == nullptr || !known->run.empty() || !may_repair || !wrong) return;
    if (judgement.report.state == model::EnvironmentState::unverifiable) return;
    if (m_running.was_taken_back(id, judgement.report.fingerprint)) return;
    const auto drafts = m_planning.drafts_for(*known);
    if (drafts.empty() || !drafts.front().approved) return;
    const auto verdict = verdict_on(*known, drafts.front(), false);
    const bool planned = std::ranges::any_of(m_world.plans.of(id), [&](const model::Plan& plan) {
        if (plan.state == model::PlanState::done) return false; // it has been well since
        const bool may_go = plan.state == model::PlanState::waiting && verdict.leave == engine::Leave::go;
        return plan.fingerprint == judgement.report.fingerprint && plan.state != model::PlanState::stale && !may_go &&
               !m_planning.may_look_again(plan, drafts.front()) && !m_planning.wants_trial(plan, drafts.front());
    });
    if (planned && verdict.leave != engine::Leave::quarantined) return; // it waits, or was tried or rejected for just this state
    switch (verdict.leave) {
    case engine::Leave::ask:
        // To plan for a checkout that nobody set up takes wheels from an index: that is done for whoever asks for it.
        if (known->environment.kind == model::EnvironmentKind::project) break;
        [[fallthrough]];
    case engine::Leave::go: m_world.tasks->start("plan", act_by_itself(id, verdict.leave)); break;
    case engine::Leave::quarantined:
        if (!known->quarantine) {
            const auto writer = last_writer(m_world.tree, judgement.snapshot);
            known->quarantine = verdict.why + (writer.empty() ? "" : " " + writer + ".") + last_proof(id);
            m_world.remembered.quarantines[id] = *known->quarantine;
            const auto saved = save_remembered(m_world.surroundings.state_dir, m_world.remembered);
            if (!saved) spdlog::error("{}", escape_untrusted(saved.error().message));
            record(Event::gave_up, "gave up on " + judgement.report.path + ": " + *known->quarantine, about(judgement.report));
            publish_environment(m_world, id);
        }
        break;
    case engine::Leave::wait:
        spdlog::debug("{} (environment={})", escape_untrusted(verdict.why), id);
        queue_until(id, verdict.until_s);
        break;
    case engine::Leave::observe:
        spdlog::debug("{} (environment={})", escape_untrusted(verdict.why), id);
        if (known->hold && known->hold->until_s > wall_clock_s()) queue_until(id, known->hold->until_s);
        break;
    }
}

std::string Fixing::last_proof(const std::string& id) const
{
    const auto runs = m_world.journal.runs(id, 0, 1);
    if (!runs || runs->items.empty() || runs->items.front().proof.empty()) return {};
    const auto& last = runs->items.front();
    return " The last run, " + last.id + ", ended with: " + last.proof;
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

} // namespace envfix::service
