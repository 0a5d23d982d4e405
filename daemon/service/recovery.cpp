#include "service/recovery.hpp"

#include "base/printable.hpp"
#include "report/next_step.hpp"
#include "service/aftermath.hpp"
#include "service/packages.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>
#include <utility>

namespace envfix::service {

namespace {

/// How far back it is looked for runs whose undoing was not written down.
constexpr std::uint32_t k_recent_runs = 200;

} // namespace

void Recovery::recovered(const remedy::Recovered& recovered)
{
    using Outcome = remedy::Recovered::Outcome;
    if (!recovered.undoes.empty()) {
        if (recovered.outcome == Outcome::finished) m_running.mark_undone(recovered.undoes, recovered.text);
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
    m_running.note_attempt(run);
    m_running.note_manifest(run);
    const auto written = m_world.journal.end_run(run);
    if (!written) spdlog::error("{} (run={})", escape_untrusted(written.error().message), run.id);
}

void Recovery::close_dead_runs()
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
        if (m_running.keep_interrupted(run)) continue; // systemd knows more
        const bool taken_back = std::ranges::find(run.events, "undo", &model::RunEvent::step) != run.events.end();
        if (told.kept.contains(run.id) && !taken_back) {
            kept.insert(run.plan_id);
            run.state = model::RunState::fixed;
            run.summary = "it was proved and kept";
            run.proof = "the daemon ended before it had written so; the backup tells it";
        } else if (report::ended_with_packages(run)) {
            run.state = model::RunState::failed;
            run.summary = "it is not known what became of it";
            run.proof = "the daemon ended while the machine's envfix was asked to install packages, which it may have done; "
                        "`envfixctl --system history` tells it";
        } else {
            run.state = model::RunState::reverted;
            run.summary = "interrupted before anything was changed";
            run.proof = "the daemon ended while it prepared the fix";
        }
        run.ended_s = wall_clock_s();
        m_running.note_attempt(run);
        m_running.note_manifest(run);
        const auto written = m_world.journal.end_run(run);
        if (!written) spdlog::error("{} (run={})", escape_untrusted(written.error().message), run.id);
    }
    for (const auto& run : recent) {
        if (run.state == model::RunState::fixed) kept.insert(run.plan_id); // that recovery finished just now, too
        if (run.state == model::RunState::fixed && told.undone.contains(run.id)) {
            m_running.mark_undone(run.id, "it was taken back; the daemon ended before it had written so");
        }
    }
    const auto interrupted = m_running.interrupted_plans();
    for (auto& plan : m_world.plans.all()) {
        if (interrupted.contains(plan.id)) continue;
        if (is_of_no_environment(plan) && plan.state == model::PlanState::waiting) {
            m_planning.set_state(plan, model::PlanState::stale, "the daemon ended before it was begun");
        }
        if (plan.state != model::PlanState::running && plan.state != model::PlanState::approved) continue;
        if (plan.state == model::PlanState::running && kept.contains(plan.id)) {
            m_planning.set_state(plan, model::PlanState::done, "it was proved and kept");
        } else {
            m_planning.set_state(plan, model::PlanState::failed, "the daemon ended while it was carried out");
        }
    }
}

} // namespace envfix::service
