#include "wire/conversions.hpp"

#include "report/text.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace envfix::wire {

namespace {

template <std::size_t I, typename Wire> const auto& at(const Wire& wire)
{
    return std::get<I>(wire);
}

constexpr const char* k_hold = "hold";
constexpr const char* k_offered_findings = "offered-findings"; ///< of each offer of a status, in their order
constexpr const char* k_offered_advice = "offered-advice";

/// What of this type was told later under this name; nothing where it was not.
template <typename T> T told_later(const More& more, const char* name)
{
    const auto found = more.find(name);
    return found != more.end() && found->second.containsValueOfType<T>() ? found->second.get<T>() : T{};
}

/// Reads one of our own words by its table.
template <typename T> Result<T> known(std::optional<T> value, const char* what, const String& text)
{
    if (value) return *value;
    return fail(ErrorCode::malformed,
                std::string{"the daemon speaks of a "} + what + " that is unknown here: " + text);
}

constexpr const char* k_isolated = "isolated";

/// Which steps of a plan or policy are isolated, by the numbers of rung and step, as `isolated` in what is told of it later.
template <typename Ladder, typename StepsOf> More isolated_to_wire(const Ladder& ladder, StepsOf steps_of)
{
    Array<Position> positions;
    std::uint32_t rung = 0;
    for (const auto& one : ladder) {
        std::uint32_t step = 0;
        for (const auto& each : steps_of(one)) {
            if (each.isolated) positions.emplace_back(rung, step);
            ++step;
        }
        ++rung;
    }
    More more;
    if (!positions.empty()) more.emplace(k_isolated, sdbus::Variant{positions});
    return more;
}

template <typename Ladder, typename StepsOf>
Result<void> isolated_from_wire(const More& more, Ladder& ladder, StepsOf steps_of)
{
    const auto found = more.find(k_isolated);
    if (found == more.end()) return {};
    const auto unknown = [] { return fail(ErrorCode::malformed, "the daemon speaks of a step that is not there"); };
    if (!found->second.containsValueOfType<Array<Position>>()) return unknown();
    for (const auto& position : found->second.get<Array<Position>>()) {
        if (at<0>(position) >= ladder.size()) return unknown();
        auto& steps = steps_of(ladder[at<0>(position)]);
        if (at<1>(position) >= steps.size()) return unknown();
        steps[at<1>(position)].isolated = true;
    }
    return {};
}

constexpr auto k_steps_of_rung = [](auto& rung) -> auto& { return rung.steps; };
constexpr auto k_itself = [](auto& steps) -> auto& { return steps; };

} // namespace

Finding to_wire(const model::Finding& finding)
{
    Array<Evidence> evidence;
    for (const auto& one : finding.evidence) {
        evidence.emplace_back(text_to_wire(one.path), text_to_wire(one.owner), text_to_wire(one.expected),
                              text_to_wire(one.actual));
    }
    return {text_to_wire(finding.code),         String{to_string(finding.severity)},
            text_to_wire(finding.distribution), text_to_wire(finding.summary),
            std::move(evidence),                texts_to_wire(finding.remedies)};
}

Result<model::Finding> from_wire(const Finding& wire)
{
    model::Finding finding;
    finding.code = at<0>(wire);
    ENVFIX_TRY(finding.severity, known(model::severity(at<1>(wire)), "severity", at<1>(wire)));
    finding.distribution = at<2>(wire);
    finding.summary = at<3>(wire);
    for (const auto& one : at<4>(wire)) {
        finding.evidence.push_back(
            {.path = at<0>(one), .owner = at<1>(one), .expected = at<2>(one), .actual = at<3>(one)});
    }
    finding.remedies = at<5>(wire);
    return finding;
}

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

Health to_wire(const model::HealthCheck& check)
{
    return {text_to_wire(check.topic), text_to_wire(check.state), text_to_wire(check.text),
            text_to_wire(check.advice)};
}

Result<model::HealthCheck> from_wire(const Health& wire)
{
    return model::HealthCheck{
        .topic = at<0>(wire), .state = at<1>(wire), .text = at<2>(wire), .advice = at<3>(wire)};
}

String text_to_wire(std::string_view text)
{
    return report::transportable(text);
}

Strings texts_to_wire(const std::vector<std::string>& texts)
{
    Strings wire;
    wire.reserve(texts.size());
    for (const auto& text : texts) wire.push_back(text_to_wire(text));
    return wire;
}

Interpreter interpreter_to_wire(const model::EnvironmentReport& report)
{
    return {text_to_wire(report.interpreter_path), text_to_wire(report.interpreter_version),
            text_to_wire(report.interpreter_implementation), text_to_wire(report.interpreter_soabi)};
}

Array<ChainLink> chain_to_wire(const model::EnvironmentReport& report)
{
    Array<ChainLink> chain;
    for (const auto& link : report.chain) {
        chain.emplace_back(text_to_wire(link.distribution), text_to_wire(link.version), text_to_wire(link.location),
                           text_to_wire(link.state), texts_to_wire(link.shadows));
    }
    return chain;
}

Array<Finding> findings_to_wire(const model::EnvironmentReport& report)
{
    return list_to_wire(report.findings);
}

Array<Probe> probe_to_wire(const model::EnvironmentReport& report)
{
    if (!report.probe) return {};
    return {Probe{report.probe->ran, report.probe->ok, text_to_wire(report.probe->import),
                  text_to_wire(report.probe->error)}};
}

Environment to_wire(const model::EnvironmentReport& report)
{
    More more;
    if (!report.hold.empty()) more.emplace(k_hold, sdbus::Variant{text_to_wire(report.hold)});
    return {text_to_wire(report.id),
            text_to_wire(report.path),
            String{to_string(report.kind)},
            String{to_string(report.state)},
            text_to_wire(report.state_reason),
            text_to_wire(report.fingerprint),
            interpreter_to_wire(report),
            chain_to_wire(report),
            findings_to_wire(report),
            probe_to_wire(report),
            std::move(more)};
}

Result<model::EnvironmentReport> from_wire(const Environment& wire)
{
    model::EnvironmentReport report;
    report.id = at<0>(wire);
    report.path = at<1>(wire);
    ENVFIX_TRY(report.kind, known(model::environment_kind(at<2>(wire)), "kind of environment", at<2>(wire)));
    ENVFIX_TRY(report.state, known(model::environment_state(at<3>(wire)), "state", at<3>(wire)));
    report.state_reason = at<4>(wire);
    report.fingerprint = at<5>(wire);
    const auto& interpreter = at<6>(wire);
    report.interpreter_path = at<0>(interpreter);
    report.interpreter_version = at<1>(interpreter);
    report.interpreter_implementation = at<2>(interpreter);
    report.interpreter_soabi = at<3>(interpreter);
    for (const auto& link : at<7>(wire)) {
        report.chain.push_back({.distribution = at<0>(link),
                                .version = at<1>(link),
                                .location = at<2>(link),
                                .state = at<3>(link),
                                .shadows = at<4>(link)});
    }
    ENVFIX_TRY(report.findings, list_from_wire<model::Finding>(at<8>(wire)));
    for (const auto& probe : at<9>(wire)) {
        report.probe =
            model::ProbeResult{.ran = at<0>(probe), .ok = at<1>(probe), .import = at<2>(probe), .error = at<3>(probe)};
    }
    report.hold = told_later<String>(at<10>(wire), k_hold);
    return report;
}

Daemon to_wire(const model::DaemonReport& daemon)
{
    return {text_to_wire(daemon.version), text_to_wire(daemon.instance),  text_to_wire(daemon.state), daemon.uptime_s,
            daemon.watches,               texts_to_wire(daemon.degraded), More{}};
}

Result<model::DaemonReport> from_wire(const Daemon& wire)
{
    return model::DaemonReport{.version = at<0>(wire),
                               .instance = at<1>(wire),
                               .state = at<2>(wire),
                               .uptime_s = at<3>(wire),
                               .watches = at<4>(wire),
                               .degraded = at<5>(wire)};
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

Explanation to_wire(const model::Explanation& explanation)
{
    return {text_to_wire(explanation.code), text_to_wire(explanation.title), text_to_wire(explanation.arises),
            text_to_wire(explanation.tell), text_to_wire(explanation.fix), text_to_wire(explanation.avoid)};
}

Result<model::Explanation> from_wire(const Explanation& wire)
{
    return model::Explanation{.code = at<0>(wire),
                              .title = at<1>(wire),
                              .arises = at<2>(wire),
                              .tell = at<3>(wire),
                              .fix = at<4>(wire),
                              .avoid = at<5>(wire)};
}

Cause to_wire(const model::Cause& cause)
{
    return {text_to_wire(cause.code), text_to_wire(cause.confidence),  cause.line,
            text_to_wire(cause.text), text_to_wire(cause.explanation), texts_to_wire(cause.remedies)};
}

Result<model::Cause> from_wire(const Cause& wire)
{
    return model::Cause{.code = at<0>(wire),
                        .confidence = at<1>(wire),
                        .line = at<2>(wire),
                        .text = at<3>(wire),
                        .explanation = at<4>(wire),
                        .remedies = at<5>(wire)};
}

Status to_wire(const model::Status& status)
{
    Array<Strings> findings;
    Strings advice;
    for (const auto& offer : status.offers) {
        findings.push_back(texts_to_wire(offer.findings));
        advice.push_back(text_to_wire(offer.advice));
    }
    More more;
    more.emplace(k_offered_findings, sdbus::Variant{findings});
    more.emplace(k_offered_advice, sdbus::Variant{advice});
    return {to_wire(status.daemon),     list_to_wire(status.environments), status.total,
            list_to_wire(status.plans), list_to_wire(status.offers),       std::move(more)};
}

Result<model::Status> from_wire(const Status& wire)
{
    model::Status status;
    ENVFIX_TRY(status.daemon, from_wire(at<0>(wire)));
    ENVFIX_TRY(status.environments, list_from_wire<model::EnvironmentReport>(at<1>(wire)));
    status.total = at<2>(wire);
    ENVFIX_TRY(status.plans, list_from_wire<model::Plan>(at<3>(wire)));
    ENVFIX_TRY(status.offers, list_from_wire<model::PolicyOffer>(at<4>(wire)));
    const auto findings = told_later<Array<Strings>>(at<5>(wire), k_offered_findings);
    const auto advice = told_later<Strings>(at<5>(wire), k_offered_advice);
    for (std::size_t i = 0; i < status.offers.size(); ++i) {
        if (i < findings.size()) status.offers[i].findings = findings[i];
        if (i < advice.size()) status.offers[i].advice = advice[i];
    }
    return status;
}

Doctor to_wire(const model::Doctor& doctor)
{
    return {to_wire(doctor.daemon), list_to_wire(doctor.checks), texts_to_wire(doctor.roots)};
}

Result<model::Doctor> from_wire(const Doctor& wire)
{
    model::Doctor doctor;
    ENVFIX_TRY(doctor.daemon, from_wire(at<0>(wire)));
    ENVFIX_TRY(doctor.checks, list_from_wire<model::HealthCheck>(at<1>(wire)));
    doctor.roots = at<2>(wire);
    return doctor;
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
