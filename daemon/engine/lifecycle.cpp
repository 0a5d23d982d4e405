#include "engine/lifecycle.hpp"

#include <algorithm>
#include <utility>

namespace envfix::engine {

namespace {

using model::PlanState;

/// What a call says that is not legal in the plan's state.
tl::unexpected<Error> illegal(const model::Plan& plan)
{
    const auto plan_is = "plan " + plan.id + " is " + std::string(model::to_string(plan.state));
    switch (plan.state) {
    case PlanState::waiting: return fail(ErrorCode::not_approved, plan_is + " for an approval");
    case PlanState::rejected: return fail(ErrorCode::not_approved, plan_is);
    case PlanState::approved: return fail(ErrorCode::not_supported, plan_is + " already");
    case PlanState::running: return fail(ErrorCode::busy, plan_is);
    case PlanState::stale: {
        const auto reason = plan.state_reason.empty() ? "" : " (" + plan.state_reason + ")";
        return fail(ErrorCode::plan_changed, plan_is + reason + "; make a new one");
    }
    case PlanState::advice: return fail(ErrorCode::not_supported, "plan " + plan.id + " needs no approval: it only advises");
    case PlanState::done:
    case PlanState::failed:
        return fail(ErrorCode::not_supported, plan_is + ", and its approval used; make a new one");
    }
    return fail(ErrorCode::not_supported, plan_is);
}

constexpr std::string_view k_moved = "the environment has changed since";

} // namespace

bool may_become(PlanState from, PlanState to)
{
    switch (from) {
    case PlanState::waiting:
        return to == PlanState::approved || to == PlanState::rejected || to == PlanState::stale;
    case PlanState::approved:
        return to == PlanState::running || to == PlanState::rejected || to == PlanState::stale ||
               to == PlanState::failed;
    case PlanState::running:
        return to == PlanState::done || to == PlanState::failed || to == PlanState::stale;
    case PlanState::advice: return to == PlanState::stale;
    case PlanState::rejected:
    case PlanState::done:
    case PlanState::failed:
    case PlanState::stale: return false;
    }
    return false;
}

PlanLife::PlanLife(model::Plan plan, PlanApproval approval)
    : m_plan(std::move(plan)), m_approval(std::move(approval))
{
    // An approval of anything else is none, whatever a journal says.
    const bool needs = m_plan.state == PlanState::approved || m_plan.state == PlanState::running;
    if (needs && (m_approval.digest != m_plan.digest || m_approval.digest.empty())) {
        m_approval = {};
        become(PlanState::stale, "its approval is not of this plan");
    }
    if (m_plan.state == PlanState::waiting) m_approval = {};
}

bool PlanLife::is_open() const
{
    return m_plan.state == PlanState::waiting || m_plan.state == PlanState::approved;
}

void PlanLife::become(PlanState state, std::string_view reason)
{
    m_plan.state = state;
    m_plan.state_reason = std::string(reason);
    if (state == PlanState::stale || state == PlanState::rejected) m_approval = {};
}

Result<void> PlanLife::approve(std::string_view digest, std::string_view by, std::int64_t now_s,
                               std::int64_t lasts_s)
{
    if (m_plan.state != PlanState::waiting) return illegal(m_plan);
    if (digest != m_plan.digest || digest.empty()) {
        return fail(ErrorCode::plan_changed,
                    "plan " + m_plan.id + " is not the one that was shown");
    }
    expire(now_s);
    if (m_plan.state != PlanState::waiting) {
        return fail(ErrorCode::timed_out, "plan " + m_plan.id + " is too old; make a new one");
    }
    m_approval = {.digest = std::string(digest),
                  .by = std::string(by),
                  .at_s = now_s,
                  .expires_s = std::min(now_s + lasts_s, m_plan.expires_s)};
    become(PlanState::approved, "approved by " + m_approval.by);
    return {};
}

Result<void> PlanLife::reject(std::string_view by)
{
    if (!is_open()) return illegal(m_plan);
    become(PlanState::rejected, "rejected by " + std::string(by));
    return {};
}

Result<void> PlanLife::begin(std::string_view fingerprint, std::int64_t now_s)
{
    if (m_plan.state != PlanState::approved) return illegal(m_plan);
    expire(now_s);
    if (m_plan.state != PlanState::approved) {
        return fail(ErrorCode::timed_out,
                    "the approval of plan " + m_plan.id + " has run out; make a new plan");
    }
    seen(fingerprint);
    if (m_plan.state != PlanState::approved) return illegal(m_plan);
    become(PlanState::running, {});
    return {};
}

Result<void> PlanLife::finish(bool worked, std::string_view reason)
{
    if (m_plan.state != PlanState::running) return illegal(m_plan);
    become(worked ? PlanState::done : PlanState::failed, reason);
    return {};
}

void PlanLife::seen(std::string_view fingerprint)
{
    if (is_open() && fingerprint != m_plan.fingerprint) become(PlanState::stale, k_moved);
}

void PlanLife::expire(std::int64_t now_s)
{
    const bool plan_is_over = now_s >= m_plan.expires_s;
    const bool approval_is_over =
        m_plan.state == PlanState::approved && now_s >= m_approval.expires_s;
    if (is_open() && (plan_is_over || approval_is_over)) {
        become(PlanState::stale, "it has expired");
    }
}

} // namespace envfix::engine
