#include "report/exit_code.hpp"

#include <algorithm>

namespace envfix::report {

Exit exit_code(std::span<const model::EnvironmentReport> environments, std::span<const model::Plan> plans)
{
    using model::EnvironmentState;
    // A checkout that nobody has set up is no fault of the machine's; asked about alone, it is what was asked.
    const bool among_others = environments.size() > 1;
    const auto is_wrong = [&](const model::EnvironmentReport& report) {
        const bool is_bare = report.kind == model::EnvironmentKind::project && report.state == EnvironmentState::degraded;
        if (is_bare && among_others) return false;
        return report.state == EnvironmentState::broken || report.state == EnvironmentState::degraded ||
               std::ranges::any_of(report.findings, [](const model::Finding& finding) {
                   return finding.severity != model::Severity::info;
               });
    };
    const auto any_in = [&](EnvironmentState state) {
        return std::ranges::any_of(environments,
                                   [&](const model::EnvironmentReport& report) { return report.state == state; });
    };
    if (std::ranges::any_of(environments, is_wrong)) return Exit::something_wrong;
    if (any_in(EnvironmentState::quarantined)) return Exit::held;
    if (any_in(EnvironmentState::awaiting_approval) ||
        std::ranges::any_of(plans, [](const model::Plan& plan) { return plan.state == model::PlanState::waiting; })) {
        return Exit::waiting;
    }
    if (any_in(EnvironmentState::unverifiable)) return Exit::not_checked;
    return Exit::well;
}

Exit exit_code(std::span<const model::Cause> causes)
{
    if (causes.empty() || causes.front().code == "unknown") return Exit::not_checked;
    return causes.front().code == "not-environment" ? Exit::well : Exit::something_wrong;
}

Exit exit_code(const model::Run& run)
{
    switch (run.state) {
    case model::RunState::running:
    case model::RunState::fixed:
    case model::RunState::undone: return Exit::well;
    case model::RunState::reverted:
    case model::RunState::failed:
    case model::RunState::conflict: return Exit::fix_failed;
    }
    return Exit::failed;
}

} // namespace envfix::report
