#include "service/chronicle.hpp"

#include "service/log.hpp"

#include <spdlog/spdlog.h>
#include <systemd/sd-journal.h>

#include <sys/uio.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace envfix::service {

namespace {

spdlog::level::level_enum level_of(int priority)
{
    constexpr int k_error = 3;
    constexpr int k_warning = 4;
    if (priority <= k_error) return spdlog::level::err;
    return priority == k_warning ? spdlog::level::warn : spdlog::level::info;
}

} // namespace

void record(Event event, std::string_view message, const report::About& about)
{
    const auto level = level_of(report::journal_kind(event).priority);
    if (!spdlog::should_log(level)) return;
    if (!logs_to_journal()) {
        spdlog::log(level, "{}", report::log_line(message, about));
        return;
    }
    auto fields = report::journal_fields(event, message, about);
    std::vector<iovec> parts;
    parts.reserve(fields.size());
    for (auto& field : fields) parts.push_back({.iov_base = field.data(), .iov_len = field.size()});
    // What the journal does not take is lost to it alone: what became of a plan or a run is in our own history.
    (void)::sd_journal_sendv(parts.data(), static_cast<int>(parts.size()));
}

report::About about(const model::EnvironmentReport& report)
{
    report::About about{.environment = report.id, .path = report.path};
    for (const auto& finding : report.findings) {
        const bool known = std::ranges::find(about.codes, finding.code) != about.codes.end();
        if (finding.severity != model::Severity::info && !known) about.codes.push_back(finding.code);
    }
    return about;
}

report::About about(const model::Plan& plan)
{
    return {.environment = plan.environment_id,
            .path = plan.environment_path,
            .codes = plan.findings,
            .plan = plan.id,
            .run = {},
            .policy = plan.policy};
}

report::About about(const model::Run& run)
{
    return {.environment = run.environment_id,
            .path = run.environment_path,
            .codes = run.findings,
            .plan = run.plan_id,
            .run = run.id,
            .policy = run.policy};
}

void record_changes(Known& known, const model::EnvironmentReport& shown)
{
    if (!known.judged) return;
    const auto what = about(shown);
    auto& recorded = known.recorded;
    for (const auto& finding : shown.findings) {
        const bool is_new = std::ranges::find(what.codes, finding.code) != what.codes.end() && !recorded.codes.contains(finding.code);
        if (!is_new) continue;
        recorded.codes.insert(finding.code); // the first of several with one code stands for all
        auto one = what;
        one.codes = {finding.code};
        record(Event::finding_appeared, shown.path + ": " + finding.summary, one);
    }
    recorded.codes = {what.codes.begin(), what.codes.end()};
    if (recorded.state == shown.state) return;
    recorded.state = shown.state;
    auto event = Event::environment_changed;
    if (shown.state == model::EnvironmentState::healthy) event = Event::environment_well;
    // Between plan, fix and what comes of it an environment is broken all the time: that is said once.
    const bool is_broken = shown.state == model::EnvironmentState::broken;
    if (is_broken && !std::exchange(recorded.broken, true)) event = Event::environment_broken;
    if (shown.state == model::EnvironmentState::healthy || shown.state == model::EnvironmentState::degraded) recorded.broken = false;
    const auto reason = shown.state_reason.empty() ? std::string{} : " (" + shown.state_reason + ")";
    record(event, shown.path + " is " + std::string{model::to_string(shown.state)} + reason, what);
}

void record_state(const model::Plan& plan)
{
    const auto what = about(plan);
    const auto tell = [&](Event event, const std::string& how) {
        record(event, "plan " + plan.id + " for " + plan.environment_path + ": " + how, what);
    };
    const auto& why = plan.state_reason;
    switch (plan.state) {
    case model::PlanState::waiting: return tell(Event::plan_made, "waits, by " + plan.policy);
    case model::PlanState::advice: return tell(Event::plan_made, "tells what is to be done by hand, by " + plan.policy);
    case model::PlanState::approved: return tell(Event::plan_approved, why);
    case model::PlanState::rejected: return tell(Event::plan_rejected, why);
    case model::PlanState::stale: return tell(Event::plan_expired, "does not hold any more, " + why);
    case model::PlanState::running:
    case model::PlanState::done:
    case model::PlanState::failed: return;
    }
}

void record_end(const model::Run& run)
{
    const bool worked = run.state == model::RunState::fixed;
    const auto text = std::string{model::to_string(run.state)} + ": " + run.summary;
    record(worked ? Event::run_ended : Event::run_failed, text, about(run));
}

void record_problems(const World& world)
{
    for (const auto& problem : world.configuration.problems) {
        const auto where = problem.file + ":" + std::to_string(problem.line) + ":" + std::to_string(problem.column);
        report::About what;
        what.path = problem.file;
        record(Event::policy_problem, where + ": " + problem.reason + "; the file is left out", what);
    }
}

} // namespace envfix::service
