#include "service/plan_book.hpp"

#include "engine/lifecycle.hpp"

#include <algorithm>
#include <tuple>

namespace envfix::service {

namespace {

constexpr std::size_t k_shortest_prefix = 4;

bool is_open(const model::Plan& plan)
{
    switch (plan.state) {
    case model::PlanState::waiting:
    case model::PlanState::approved:
    case model::PlanState::running:
    case model::PlanState::advice: return true;
    case model::PlanState::rejected:
    case model::PlanState::done:
    case model::PlanState::failed:
    case model::PlanState::stale: return false;
    }
    return false;
}

void sort_by_age(std::vector<model::Plan>& plans)
{
    std::ranges::sort(plans, {}, [](const model::Plan& plan) { return std::tie(plan.created_s, plan.id); });
}

} // namespace

void PlanBook::load(const journal::Journal& journal, std::int64_t since_s)
{
    for (auto& plan : journal.plans({}).value_or(std::vector<model::Plan>{})) {
        if (is_open(plan) || plan.created_s >= since_s) m_plans.emplace(plan.id, std::move(plan));
    }
}

std::vector<model::Plan> PlanBook::all() const
{
    std::vector<model::Plan> plans;
    for (const auto& [id, plan] : m_plans) plans.push_back(plan);
    sort_by_age(plans);
    return plans;
}

std::vector<model::Plan> PlanBook::of(std::string_view environment_id) const
{
    std::vector<model::Plan> plans;
    for (const auto& [id, plan] : m_plans) {
        if (plan.environment_id == environment_id) plans.push_back(plan);
    }
    sort_by_age(plans);
    return plans;
}

Result<model::Plan> PlanBook::find(std::string_view id) const
{
    const auto first = m_plans.lower_bound(std::string{id});
    const bool fits = first != m_plans.end() && first->first.starts_with(id) && !id.empty();
    if (!fits || (first->first != id && id.size() < k_shortest_prefix)) {
        return fail(ErrorCode::not_found, "there is no plan " + std::string{id} + "; `envfixctl status` shows those that wait");
    }
    const auto second = std::next(first);
    if (first->first != id && second != m_plans.end() && second->first.starts_with(id)) {
        return fail(ErrorCode::malformed, "several plans begin with " + std::string{id} + "; give more of it");
    }
    return first->second;
}

const model::Plan* PlanBook::in_state(std::string_view environment_id, model::PlanState state) const
{
    const auto found = std::ranges::find_if(m_plans, [&](const auto& entry) {
        return entry.second.environment_id == environment_id && entry.second.state == state;
    });
    return found == m_plans.end() ? nullptr : &found->second;
}

const model::Plan* PlanBook::waiting(std::string_view environment_id) const
{
    return in_state(environment_id, model::PlanState::waiting);
}

const model::Plan* PlanBook::advice(std::string_view environment_id) const
{
    return in_state(environment_id, model::PlanState::advice);
}

Result<void> PlanBook::add(journal::Journal& journal, const model::Plan& plan)
{
    if (auto recorded = journal.record(plan); !recorded) return recorded;
    m_plans.insert_or_assign(plan.id, plan);
    return {};
}

Result<model::Plan> PlanBook::set_state(journal::Journal& journal, const std::string& id, model::PlanState state,
                                        const std::string& reason)
{
    const auto found = m_plans.find(id);
    if (found == m_plans.end()) return fail(ErrorCode::not_found, "there is no plan " + id);
    if (!engine::may_become(found->second.state, state)) {
        return fail(ErrorCode::plan_changed, "plan " + id + " is " + std::string{model::to_string(found->second.state)} +
                                                 " and cannot become " + std::string{model::to_string(state)});
    }
    if (auto updated = journal.update_plan_state(id, state, reason); !updated) return fail(updated.error());
    found->second.state = state;
    found->second.state_reason = reason;
    return found->second;
}

} // namespace envfix::service
