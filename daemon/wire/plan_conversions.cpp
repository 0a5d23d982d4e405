#include "wire/conversions.hpp"

#include "wire/fields.hpp"
#include "wire/isolated.hpp"

#include <utility>

namespace envfix::wire {

Step to_wire(const model::Step& step)
{
    Array<Change> changes;
    for (const auto& change : step.changes) {
        changes.emplace_back(text_to_wire(change.distribution), text_to_wire(change.from), text_to_wire(change.to),
                             text_to_wire(change.source), text_to_wire(change.sha256));
    }
    return {String{to_string(step.kind)}, std::move(changes), texts_to_wire(step.paths), text_to_wire(step.location),
            text_to_wire(step.text)};
}

Result<model::Step> from_wire(const Step& wire)
{
    model::Step step;
    ENVFIX_TRY(step.kind, known(model::step_kind(at<0>(wire)), "step", at<0>(wire)));
    for (const auto& change : at<1>(wire)) {
        step.changes.push_back({.distribution = at<0>(change),
                                .from = at<1>(change),
                                .to = at<2>(change),
                                .source = at<3>(change),
                                .sha256 = at<4>(change)});
    }
    step.paths = at<2>(wire);
    step.location = at<3>(wire);
    step.text = at<4>(wire);
    return step;
}

Array<Rung> ladder_to_wire(const model::Plan& plan)
{
    Array<Rung> ladder;
    for (const auto& rung : plan.ladder) {
        ladder.emplace_back(list_to_wire(rung.steps), text_to_wire(rung.unavailable));
    }
    return ladder;
}

Plan to_wire(const model::Plan& plan)
{
    return {text_to_wire(plan.id),
            text_to_wire(plan.digest),
            text_to_wire(plan.environment_id),
            text_to_wire(plan.environment_path),
            text_to_wire(plan.fingerprint),
            text_to_wire(plan.chain),
            text_to_wire(plan.policy),
            text_to_wire(plan.policy_sha256),
            texts_to_wire(plan.findings),
            ladder_to_wire(plan),
            plan.allow_externally_managed,
            plan.created_s,
            plan.expires_s,
            String{to_string(plan.state)},
            text_to_wire(plan.state_reason),
            isolated_to_wire(plan.ladder, k_steps_of_rung)};
}

Result<model::Plan> from_wire(const Plan& wire)
{
    model::Plan plan;
    plan.id = at<0>(wire);
    plan.digest = at<1>(wire);
    plan.environment_id = at<2>(wire);
    plan.environment_path = at<3>(wire);
    plan.fingerprint = at<4>(wire);
    plan.chain = at<5>(wire);
    plan.policy = at<6>(wire);
    plan.policy_sha256 = at<7>(wire);
    plan.findings = at<8>(wire);
    for (const auto& rung : at<9>(wire)) {
        ENVFIX_TRY(auto steps, list_from_wire<model::Step>(at<0>(rung)));
        plan.ladder.push_back({.steps = std::move(steps), .unavailable = at<1>(rung)});
    }
    plan.allow_externally_managed = at<10>(wire);
    plan.created_s = at<11>(wire);
    plan.expires_s = at<12>(wire);
    ENVFIX_TRY(plan.state, known(model::plan_state(at<13>(wire)), "plan's state", at<13>(wire)));
    plan.state_reason = at<14>(wire);
    ENVFIX_CHECK(isolated_from_wire(at<15>(wire), plan.ladder, k_steps_of_rung));
    return plan;
}

Event to_wire(const model::RunEvent& event)
{
    return {event.at_ms, text_to_wire(event.step), text_to_wire(event.text)};
}

Result<model::RunEvent> from_wire(const Event& wire)
{
    return model::RunEvent{.at_ms = at<0>(wire), .step = at<1>(wire), .text = at<2>(wire)};
}

Run to_wire(const model::Run& run)
{
    return {text_to_wire(run.id),
            text_to_wire(run.plan_id),
            text_to_wire(run.environment_id),
            text_to_wire(run.environment_path),
            text_to_wire(run.policy),
            text_to_wire(run.approved_by),
            texts_to_wire(run.findings),
            run.started_s,
            run.ended_s,
            String{to_string(run.state)},
            text_to_wire(run.summary),
            text_to_wire(run.proof),
            list_to_wire(run.events),
            More{}};
}

Result<model::Run> from_wire(const Run& wire)
{
    model::Run run;
    run.id = at<0>(wire);
    run.plan_id = at<1>(wire);
    run.environment_id = at<2>(wire);
    run.environment_path = at<3>(wire);
    run.policy = at<4>(wire);
    run.approved_by = at<5>(wire);
    run.findings = at<6>(wire);
    run.started_s = at<7>(wire);
    run.ended_s = at<8>(wire);
    ENVFIX_TRY(run.state, known(model::run_state(at<9>(wire)), "run's state", at<9>(wire)));
    run.summary = at<10>(wire);
    run.proof = at<11>(wire);
    ENVFIX_TRY(run.events, list_from_wire<model::RunEvent>(at<12>(wire)));
    return run;
}

} // namespace envfix::wire
