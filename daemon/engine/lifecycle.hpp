#pragma once

#include "base/result.hpp"
#include "model/plan.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace envfix::engine {

/// Who allowed a plan: single use, and only for the plan with that digest (THREATS.md B4).
struct PlanApproval {
    std::string digest;
    std::string by; ///< user name or uid; for mode auto who approved the policy
    std::int64_t at_s = 0;
    std::int64_t expires_s = 0;

    bool operator==(const PlanApproval&) const = default;
};

/// Whether a plan may go from one state straight to another. Beside what PlanLife does: an approved
/// plan whose run cannot begin has failed, and a run that finds another environment makes its plan
/// stale.
[[nodiscard]] bool may_become(model::PlanState from, model::PlanState to);

/// The life of one plan: waiting → approved → running → done or failed; waiting or approved →
/// rejected or stale. Every call is legal in the states that its comment names and else an error
/// that changes nothing; the error's code is what a client is told.
class PlanLife {
public:
    /// A new plan, or one from the journal with the approval that belongs to its state.
    explicit PlanLife(model::Plan plan, PlanApproval approval = {});

    /// waiting. `digest` is what the person saw; another one is plan_changed. Approvals last
    /// `lasts_s`, but not longer than the plan. On a plan whose time is over: it becomes stale,
    /// timed_out.
    Result<void> approve(std::string_view digest, std::string_view by, std::int64_t now_s,
                         std::int64_t lasts_s = 86'400);

    /// waiting, approved. Takes an approval back as well.
    Result<void> reject(std::string_view by);

    /// approved. Uses the approval up. `fingerprint` is of the snapshot taken under the lock just
    /// now: another than the plan's makes it stale, plan_changed; so does an approval that ran out,
    /// timed_out.
    Result<void> begin(std::string_view fingerprint, std::int64_t now_s);

    /// running.
    Result<void> finish(bool worked, std::string_view reason);

    /// In any state: the environment was judged again. Waiting or approved, and of another
    /// fingerprint: stale.
    void seen(std::string_view fingerprint);
    /// In any state: time has passed. Waiting or approved, and over: stale.
    void expire(std::int64_t now_s);

    [[nodiscard]] const model::Plan& plan() const { return m_plan; }

    [[nodiscard]] model::PlanState state() const { return m_plan.state; }

    /// Empty unless the state is approved, running, done or failed.
    [[nodiscard]] const PlanApproval& approval() const { return m_approval; }

private:
    [[nodiscard]] bool is_open() const;
    void become(model::PlanState state, std::string_view reason);

    model::Plan m_plan;
    PlanApproval m_approval;
};

} // namespace envfix::engine
