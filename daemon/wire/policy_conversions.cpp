#include "wire/conversions.hpp"

#include "wire/fields.hpp"
#include "wire/isolated.hpp"

#include <utility>

namespace envfix::wire {

Template to_wire(const model::StepTemplate& step)
{
    return {String{to_string(step.kind)},  texts_to_wire(step.distributions), text_to_wire(step.quarantine),
            text_to_wire(step.text),       texts_to_wire(step.pythons),       text_to_wire(step.index_url),
            texts_to_wire(step.find_links)};
}

Result<model::StepTemplate> from_wire(const Template& wire)
{
    model::StepTemplate step;
    ENVFIX_TRY(step.kind, known(model::step_kind(at<0>(wire)), "step", at<0>(wire)));
    step.distributions = at<1>(wire);
    step.quarantine = at<2>(wire);
    step.text = at<3>(wire);
    step.pythons = at<4>(wire);
    step.index_url = at<5>(wire);
    step.find_links = at<6>(wire);
    return step;
}

Offer to_wire(const model::PolicyOffer& offer)
{
    return {text_to_wire(offer.environment_id), text_to_wire(offer.policy), text_to_wire(offer.describe),
            offer.approved};
}

Result<model::PolicyOffer> from_wire(const Offer& wire)
{
    return model::PolicyOffer{
        .environment_id = at<0>(wire), .policy = at<1>(wire), .describe = at<2>(wire), .approved = at<3>(wire)};
}

Policy to_wire(const model::PolicyReport& report)
{
    const auto& policy = report.policy;
    Strings kinds;
    for (const auto kind : policy.kinds) kinds.emplace_back(to_string(kind));
    Array<Array<Template>> ladder;
    for (const auto& rung : policy.ladder) ladder.push_back(list_to_wire(rung));
    Array<Approval> approval;
    if (report.approval) {
        approval.emplace_back(text_to_wire(report.approval->by), text_to_wire(report.approval->sha256),
                              report.approval->at_s);
    }
    return {text_to_wire(policy.name),
            text_to_wire(policy.describe),
            text_to_wire(policy.file),
            text_to_wire(policy.sha256),
            policy.enforced,
            policy.in_project,
            texts_to_wire(policy.findings),
            std::move(kinds),
            text_to_wire(policy.python),
            texts_to_wire(policy.paths),
            std::move(ladder),
            text_to_wire(policy.verify_chain),
            texts_to_wire(policy.verify_command),
            String{to_string(policy.mode)},
            text_to_wire(policy.window),
            std::int32_t{policy.attempts},
            policy.cooldown_s,
            report.lapsed,
            std::move(approval),
            policy.allow_externally_managed,
            isolated_to_wire(policy.ladder, k_itself)};
}

Result<model::PolicyReport> from_wire(const Policy& wire)
{
    model::PolicyReport report;
    auto& policy = report.policy;
    policy.name = at<0>(wire);
    policy.describe = at<1>(wire);
    policy.file = at<2>(wire);
    policy.sha256 = at<3>(wire);
    policy.enforced = at<4>(wire);
    policy.in_project = at<5>(wire);
    policy.findings = at<6>(wire);
    for (const auto& text : at<7>(wire)) {
        ENVFIX_TRY(const auto kind, known(model::environment_kind(text), "kind of environment", text));
        policy.kinds.push_back(kind);
    }
    policy.python = at<8>(wire);
    policy.paths = at<9>(wire);
    for (const auto& rung : at<10>(wire)) {
        ENVFIX_TRY(auto steps, list_from_wire<model::StepTemplate>(rung));
        policy.ladder.push_back(std::move(steps));
    }
    policy.verify_chain = at<11>(wire);
    policy.verify_command = at<12>(wire);
    ENVFIX_TRY(policy.mode, known(model::policy_mode(at<13>(wire)), "policy's mode", at<13>(wire)));
    policy.window = at<14>(wire);
    policy.attempts = at<15>(wire);
    policy.cooldown_s = at<16>(wire);
    report.lapsed = at<17>(wire);
    for (const auto& approval : at<18>(wire)) {
        report.approval = model::Approval{
            .policy = policy.name, .sha256 = at<1>(approval), .by = at<0>(approval), .at_s = at<2>(approval)};
    }
    policy.allow_externally_managed = at<19>(wire);
    ENVFIX_CHECK(isolated_from_wire(at<20>(wire), policy.ladder, k_itself));
    return report;
}

Problem to_wire(const model::PolicyProblem& problem)
{
    const auto number = [](int value) { return static_cast<std::uint32_t>(std::max(value, 0)); };
    return {text_to_wire(problem.file), number(problem.line), number(problem.column), text_to_wire(problem.reason)};
}

Result<model::PolicyProblem> from_wire(const Problem& wire)
{
    const auto number = [](std::uint32_t value) { return static_cast<int>(std::min(value, 0x7fffffffU)); };
    return model::PolicyProblem{.file = at<0>(wire),
                                .line = number(at<1>(wire)),
                                .column = number(at<2>(wire)),
                                .reason = at<3>(wire)};
}

Verdict to_wire(const model::PolicyVerdict& verdict)
{
    return {text_to_wire(verdict.policy), text_to_wire(verdict.environment_id), text_to_wire(verdict.environment_path),
            verdict.acts, text_to_wire(verdict.reason)};
}

Result<model::PolicyVerdict> from_wire(const Verdict& wire)
{
    return model::PolicyVerdict{.policy = at<0>(wire),
                                .environment_id = at<1>(wire),
                                .environment_path = at<2>(wire),
                                .acts = at<3>(wire),
                                .reason = at<4>(wire)};
}

Policies to_wire(const model::PolicyList& list)
{
    return {list_to_wire(list.policies), list_to_wire(list.problems)};
}

Result<model::PolicyList> from_wire(const Policies& wire)
{
    model::PolicyList list;
    ENVFIX_TRY(list.policies, list_from_wire<model::PolicyReport>(at<0>(wire)));
    ENVFIX_TRY(list.problems, list_from_wire<model::PolicyProblem>(at<1>(wire)));
    return list;
}

} // namespace envfix::wire
