#include "service/policies.hpp"

#include "policy/approval.hpp"
#include "policy/fix_policy.hpp"
#include "policy/match.hpp"
#include "report/next_step.hpp"
#include "service/chronicle.hpp"
#include "service/planning.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace envfix::service {

namespace {

std::string sentence(const std::vector<policy::Condition>& conditions, bool acts)
{
    std::string text;
    for (const auto& condition : conditions) {
        if (!acts && condition.held) continue;
        if (!text.empty()) text += ' '; // each is a sentence
        text += condition.why;
    }
    return text;
}

model::PolicyReport report_of(const model::FixPolicy& policy, const std::vector<model::Approval>& approvals)
{
    model::PolicyReport report{.policy = policy};
    if (const auto* approval = policy::approval_of(policy, approvals)) {
        report.approval = *approval;
    } else {
        report.lapsed = std::ranges::find(approvals, policy.name, &model::Approval::policy) != approvals.end();
    }
    return report;
}

model::PolicyVerdict verdict(const Known& known, const model::FixPolicy& policy, const std::vector<policy::Condition>& conditions)
{
    const bool acts = std::ranges::all_of(conditions, &policy::Condition::held);
    return {.policy = policy.name,
            .environment_id = known.environment.id,
            .environment_path = known.environment.path,
            .acts = acts,
            .reason = sentence(conditions, acts)};
}

/// What became of it in this environment so far, as sentences behind others; empty: no plan of it is there.
std::string told_of_plan(const World& world, const std::string& id, const model::FixPolicy& policy)
{
    std::string told;
    for (const auto& plan : world.plans.of(id)) {
        if (plan.policy_sha256 != policy.sha256) continue;
        const bool waits = plan.state == model::PlanState::waiting;
        if (!waits && !(plan.state == model::PlanState::advice && report::is_left_out(plan))) continue;
        told += waits ? " Its plan " + plan.id + " waits for an approval" : " Its plan " + plan.id + " can do nothing";
        told += (plan.state_reason.empty() ? "" : " (" + plan.state_reason + ")") + ".";
    }
    return told;
}

} // namespace

model::PolicyList policy_list(const World& world)
{
    model::PolicyList list{.problems = world.configuration.problems};
    const auto approvals = approvals_in_force(world);
    for (const auto& policy : world.configuration.policies) list.policies.push_back(report_of(policy, approvals));
    std::ranges::sort(list.policies, {}, [](const model::PolicyReport& report) { return report.policy.name; });
    return list;
}

Result<model::PolicyReport> policy_named(const World& world, std::string_view name)
{
    const auto& all = world.configuration.policies;
    const auto found = std::ranges::find(all, name, &model::FixPolicy::name);
    if (found == all.end()) {
        return fail(ErrorCode::not_found, "no policy is called '" + std::string{name} + "'; `envfixctl policy list` shows them");
    }
    return report_of(*found, approvals_in_force(world));
}

std::vector<model::PolicyProblem> problems_of_policy(const World& world, std::string_view file, std::string_view content)
{
    const policy::Place place{.home = world.surroundings.home};
    const auto parsed = policy::parse_fix_policy(content, file, place);
    return parsed ? std::vector<model::PolicyProblem>{} : parsed.error();
}

std::vector<model::PolicyVerdict> verdicts_on_environment(const World& world, const std::string& id)
{
    const auto& known = *world.catalogue.find(id);
    const auto approvals = approvals_in_force(world);
    std::vector<std::pair<std::ptrdiff_t, model::PolicyVerdict>> verdicts; // what comes closest to acting first
    for (const auto& policy : world.configuration.policies) {
        const auto conditions = policy::why(known.report.findings, facts_of(known), policy, approvals);
        auto one = verdict(known, policy, conditions);
        one.reason += told_of_plan(world, id, policy);
        verdicts.emplace_back(std::ranges::count(conditions, false, &policy::Condition::held), std::move(one));
    }
    std::ranges::stable_sort(verdicts, {}, [](const auto& entry) { return entry.first; });
    std::vector<model::PolicyVerdict> sorted;
    for (auto& [missing, one] : verdicts) sorted.push_back(std::move(one));
    return sorted;
}

std::vector<model::PolicyVerdict> verdicts_of_policy(const World& world, const model::FixPolicy& policy)
{
    const auto approvals = approvals_in_force(world);
    std::vector<model::PolicyVerdict> verdicts;
    for (const auto& id : world.catalogue.by_path()) {
        const auto& known = *world.catalogue.find(id);
        verdicts.push_back(verdict(known, policy, policy::why(known.report.findings, facts_of(known), policy, approvals)));
    }
    return verdicts;
}

Result<void> approve_policy(World& world, const std::string& name, const std::string& sha256, const bus::Caller& caller)
{
    ENVFIX_TRY(const auto found, policy_named(world, name));
    if (found.policy.sha256 != sha256) {
        return fail(ErrorCode::plan_changed, "the policy '" + name + "' has changed since it was shown; look at it again");
    }
    ENVFIX_CHECK(world.approvals.add({.policy = name, .sha256 = sha256, .by = by_of(caller, world), .at_s = wall_clock_s()}));
    report::About what;
    what.policy = name;
    record(Event::policy_approved, "the policy " + name + " is approved by " + by_of(caller, world), what);
    world.bus->policies_changed();
    return {};
}

Result<void> revoke_policy(World& world, const std::string& name)
{
    ENVFIX_TRY(const auto found, policy_named(world, name));
    ENVFIX_CHECK(world.approvals.revoke(name, found.policy.sha256));
    report::About what;
    what.policy = name;
    record(Event::policy_revoked, "the approval of the policy " + name + " is taken back", what);
    world.bus->policies_changed();
    return {};
}

} // namespace envfix::service
