#include "service/plan_book.hpp"

#include "engine/lifecycle.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace envfix::service {

namespace {

constexpr std::size_t k_shortest_prefix = 4;
constexpr std::size_t k_most_ended = 256; // all are in the journal

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
    forget_ended();
    return {};
}

void PlanBook::forget_ended()
{
    std::vector<const model::Plan*> ended;
    for (const auto& [id, plan] : m_plans) {
        if (!is_open(plan)) ended.push_back(&plan);
    }
    if (ended.size() <= k_most_ended) return;
    const auto oldest = std::ranges::min_element(ended, {}, [](const auto* plan) { return std::tie(plan->created_s, plan->id); });
    m_plans.erase(std::string{(*oldest)->id});
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
    if (!is_open(found->second)) m_tried.erase(id);
    return found->second;
}

Result<model::Plan> PlanBook::begin(journal::Journal& journal, const model::Run& run)
{
    const auto found = m_plans.find(run.plan_id);
    if (found == m_plans.end() || found->second.state != model::PlanState::waiting) {
        return fail(ErrorCode::plan_changed, "plan " + run.plan_id + " does not wait any more");
    }
    if (auto begun = journal.begin_run(run); !begun) return fail(begun.error());
    found->second.state = model::PlanState::running;
    found->second.state_reason = "run " + run.id;
    return found->second;
}

Result<model::Plan> PlanBook::note_tried(journal::Journal& journal, const std::string& id, std::string key, std::int64_t at_s,
                                         const std::string& reason)
{
    const auto found = m_plans.find(id);
    if (found == m_plans.end() || found->second.state != model::PlanState::waiting) {
        return fail(ErrorCode::not_found, "plan " + id + " does not wait");
    }
    m_tried.insert_or_assign(id, Tried{.key = std::move(key), .at_s = at_s});
    if (reason.empty() || reason == found->second.state_reason) return found->second;
    if (auto updated = journal.update_plan_state(id, model::PlanState::waiting, reason); !updated) return fail(updated.error());
    found->second.state_reason = reason;
    return found->second;
}

std::string PlanBook::tried_key(const std::string& id, std::int64_t now_s) const
{
    constexpr std::int64_t k_holds_s = 24LL * 3600;
    const auto tried = m_tried.find(id);
    return tried == m_tried.end() || now_s - tried->second.at_s > k_holds_s ? std::string{} : tried->second.key;
}

} // namespace envfix::service
