#pragma once

#include "model/environment.hpp"
#include "model/finding.hpp"
#include "model/policy.hpp"

#include <span>
#include <string>
#include <vector>

/// Which policies apply to what was found where. Pure: the same values, the same drafts.
namespace envfix::policy {

/// What a policy may ask of an environment.
struct Facts {
    model::EnvironmentKind kind = model::EnvironmentKind::venv;
    std::string python;  ///< version of the interpreter: "3.11.2"; empty: not known
    std::string path;    ///< of the environment
    std::string project; ///< the project folder that holds it; may be empty
};

/// One policy that applies, ready to be resolved into a plan.
struct Draft {
    model::FixPolicy policy;
    std::vector<std::string> findings; ///< codes that it covers here, sorted, each once
    bool approved = false;
    std::string approved_by;
    std::vector<std::vector<model::StepTemplate>>
        ladder;                       ///< as the policy's, `affected` replaced by names
    std::vector<std::string> reasons; ///< why it applies, and what was left out; a sentence each

    bool operator==(const Draft&) const = default;
};

/// All policies that apply, the one to take first: approved before not approved, one that acts
/// before one that only observes, enforced before not, a later place (later in `policies`) before
/// an earlier.
std::vector<Draft> choose(const model::Findings& findings, const Facts& facts,
                          std::span<const model::FixPolicy> policies,
                          std::span<const model::Approval> approvals);

/// One condition of a policy, and whether it holds.
struct Condition {
    std::string what; ///< "findings", "kind", "python", "path", "steps", "approval", "mode"
    bool held = false;
    std::string why; ///< one sentence for a person

    bool operator==(const Condition&) const = default;
};

/// Every condition of one policy for one environment, in the order in which they are judged.
/// choose() takes the policy if the first five hold; it acts by itself if all do.
std::vector<Condition> why(const model::Findings& findings, const Facts& facts,
                           const model::FixPolicy& policy,
                           std::span<const model::Approval> approvals);

} // namespace envfix::policy
