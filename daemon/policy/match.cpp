#include "policy/match.hpp"

#include "model/answers.hpp"
#include "pep/name.hpp"
#include "pep/specifier_set.hpp"
#include "policy/approval.hpp"
#include "policy/fix_policy.hpp"
#include "policy/glob.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace envfix::policy {

namespace {

using model::FixPolicy;
using model::StepKind;
using model::StepTemplate;

std::string joined_names(const std::vector<std::string>& names)
{
    std::string text;
    for (const auto& name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

/// Codes of the findings that the policy is for, sorted, each once.
std::vector<std::string> covered(const model::Findings& findings, const FixPolicy& policy)
{
    std::set<std::string> codes;
    for (const auto& finding : findings) {
        if (std::ranges::find(policy.findings, finding.code) != policy.findings.end()) {
            codes.insert(finding.code);
        }
    }
    return {codes.begin(), codes.end()};
}

/// Distributions that the covered findings name, in the findings' order, each once.
std::vector<std::string> affected(const model::Findings& findings, const FixPolicy& policy)
{
    std::vector<std::string> names;
    std::set<std::string> seen;
    for (const auto& finding : findings) {
        const bool is_covered =
            std::ranges::find(policy.findings, finding.code) != policy.findings.end();
        if (!is_covered || finding.distribution.empty()) continue;
        if (seen.insert(pep::normalize_name(finding.distribution)).second) {
            names.push_back(finding.distribution);
        }
    }
    return names;
}

bool names_distributions(StepKind kind)
{
    switch (kind) {
    case StepKind::restore:
    case StepKind::pip_install:
    case StepKind::pip_reinstall:
    case StepKind::pip_uninstall: return true;
    case StepKind::quarantine:
    case StepKind::advise:
    case StepKind::venv_create:
    case StepKind::venv_recreate:
    case StepKind::system_packages: return false;
    }
    return false;
}

struct Expanded {
    std::vector<std::vector<StepTemplate>> ladder;
    std::vector<std::string> left_out;
};

/// The ladder with names in place of `affected`. A step that names nothing then is left out, and so
/// is a rung without steps.
Expanded expand(const FixPolicy& policy, const std::vector<std::string>& names)
{
    Expanded out;
    for (std::size_t i = 0; i < policy.ladder.size(); ++i) {
        std::vector<StepTemplate> rung;
        for (StepTemplate step : policy.ladder[i]) {
            const auto at = std::ranges::find(step.distributions, k_affected);
            if (names_distributions(step.kind) && at != step.distributions.end()) {
                const auto where = step.distributions.erase(at);
                step.distributions.insert(where, names.begin(), names.end());
                if (step.distributions.empty()) continue;
            }
            rung.push_back(std::move(step));
        }
        if (!rung.empty()) {
            out.ladder.push_back(std::move(rung));
            continue;
        }
        out.left_out.push_back("Rung " + std::to_string(i + 1) +
                               " is left out: no finding names a distribution.");
    }
    return out;
}

Condition findings_condition(const model::Findings& findings, const FixPolicy& policy)
{
    const auto codes = covered(findings, policy);
    if (codes.empty()) {
        return {"findings", false,
                std::string{model::k_no_finding} + ": " + joined_names(policy.findings) + "."};
    }
    return {"findings", true, "It is for " + joined_names(codes) + "."};
}

Condition kind_condition(const Facts& facts, const FixPolicy& policy)
{
    const std::string kind(model::to_string(facts.kind));
    if (policy.kinds.empty()) return {"kind", true, "It is for environments of any kind."};
    const bool held = std::ranges::find(policy.kinds, facts.kind) != policy.kinds.end();
    std::vector<std::string> kinds;
    for (const auto allowed : policy.kinds)
        kinds.emplace_back(model::to_string(allowed));
    return {"kind", held,
            "The environment is of kind " + kind + "; the policy is for " + joined_names(kinds) +
                "."};
}

Condition python_condition(const Facts& facts, const FixPolicy& policy)
{
    if (policy.python.empty()) return {"python", true, "It is for any Python."};
    if (facts.python.empty()) {
        return {"python", false,
                "The version of the interpreter is not known; the policy is for " + policy.python +
                    "."};
    }
    const auto set = pep::SpecifierSet::parse(policy.python);
    const bool held = set && set->contains(facts.python, true);
    return {"python", held,
            "The interpreter is " + facts.python + "; the policy is for " + policy.python + "."};
}

Condition path_condition(const Facts& facts, const FixPolicy& policy)
{
    if (policy.paths.empty()) return {"path", true, "It is for any path."};
    for (const auto& glob : policy.paths) {
        for (const auto* path : {&facts.path, &facts.project}) {
            if (!path->empty() && glob_matches(glob, *path)) {
                return {"path", true, *path + " matches " + glob + "."};
            }
        }
    }
    return {"path", false, facts.path + " matches none of " + joined_names(policy.paths) + "."};
}

Condition steps_condition(const model::Findings& findings, const FixPolicy& policy)
{
    const auto expanded = expand(policy, affected(findings, policy));
    if (expanded.ladder.empty()) {
        return {"steps", false, "No finding names a distribution that its steps could be about."};
    }
    return {"steps", true,
            "It has " + std::to_string(expanded.ladder.size()) +
                (expanded.ladder.size() == 1 ? " step to try." : " steps to try.")};
}

Condition approval_condition(const FixPolicy& policy, std::span<const model::Approval> approvals)
{
    if (const auto* approval = approval_of(policy, approvals)) {
        return {"approval", true, "Its content is approved by " + approval->by + "."};
    }
    const bool was = std::ranges::any_of(approvals, [&](const model::Approval& approval) {
        return !policy.name.empty() && approval.policy == policy.name;
    });
    if (was)
        return {"approval", false, "It was approved with another content; that approval lapsed."};
    return {"approval", false, "Nobody has approved it."};
}

Condition mode_condition(const FixPolicy& policy)
{
    switch (policy.mode) {
    case model::PolicyMode::observe: return {"mode", false, "Its mode is observe: it only tells."};
    case model::PolicyMode::ask:
        return {"mode", false, "Its mode is ask: a person approves each plan."};
    case model::PolicyMode::automatic: return {"mode", true, "Its mode is auto."};
    }
    return {"mode", false, {}};
}

/// The conditions on which it depends whether a policy applies at all.
std::vector<Condition> applies(const model::Findings& findings, const Facts& facts,
                               const FixPolicy& policy)
{
    return {findings_condition(findings, policy), kind_condition(facts, policy),
            python_condition(facts, policy), path_condition(facts, policy),
            steps_condition(findings, policy)};
}

} // namespace

std::vector<Condition> why(const model::Findings& findings, const Facts& facts,
                           const FixPolicy& policy, std::span<const model::Approval> approvals)
{
    auto conditions = applies(findings, facts, policy);
    conditions.push_back(approval_condition(policy, approvals));
    conditions.push_back(mode_condition(policy));
    return conditions;
}

std::vector<Draft> choose(const model::Findings& findings, const Facts& facts,
                          std::span<const FixPolicy> policies,
                          std::span<const model::Approval> approvals)
{
    std::vector<Draft> drafts;
    for (std::size_t i = policies.size(); i-- > 0;) { // later places first
        const auto& policy = policies[i];
        const auto conditions = applies(findings, facts, policy);
        if (!std::ranges::all_of(conditions, &Condition::held)) continue;
        Draft draft;
        draft.policy = policy;
        draft.findings = covered(findings, policy);
        for (const auto& condition : conditions)
            draft.reasons.push_back(condition.why);
        auto expanded = expand(policy, affected(findings, policy));
        draft.ladder = std::move(expanded.ladder);
        draft.reasons.insert(draft.reasons.end(), expanded.left_out.begin(),
                             expanded.left_out.end());
        if (const auto* approval = approval_of(policy, approvals)) {
            draft.approved = true;
            draft.approved_by = approval->by;
        }
        drafts.push_back(std::move(draft));
    }
    const auto worst_of = [&](const Draft& draft) { // findings come worst first
        const auto first = std::ranges::find_if(findings, [&](const model::Finding& finding) {
            return std::ranges::find(draft.findings, finding.code) != draft.findings.end();
        });
        return first - findings.begin();
    };
    std::ranges::stable_sort(drafts, {}, [&](const Draft& draft) {
        return std::tuple(!draft.approved, draft.policy.mode == model::PolicyMode::observe,
                          !draft.policy.enforced, worst_of(draft));
    });
    return drafts;
}

} // namespace envfix::policy
