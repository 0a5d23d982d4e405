#include "report/json.hpp"

#include "report/next_step.hpp"
#include "report/text.hpp"

#include <nlohmann/json.hpp>

namespace envfix::report {

namespace {

using Json = nlohmann::ordered_json;

Json text(std::string_view untrusted)
{
    return transportable(untrusted);
}

Json texts(std::span<const std::string> untrusted)
{
    auto list = Json::array();
    for (const auto& one : untrusted) list.push_back(text(one));
    return list;
}

template <typename T, typename Make> Json list_of(const T& items, const Make& make)
{
    auto list = Json::array();
    for (const auto& item : items) list.push_back(make(item));
    return list;
}

Json chain_json(const model::ChainReport& link)
{
    return {{"distribution", text(link.distribution)},
            {"version", text(link.version)},
            {"location", text(link.location)},
            {"state", text(link.state)},
            {"shadows", texts(link.shadows)}};
}

Json evidence_json(const model::Evidence& evidence)
{
    return {{"path", text(evidence.path)},
            {"owner", text(evidence.owner)},
            {"expected", text(evidence.expected)},
            {"actual", text(evidence.actual)}};
}

Json finding_json(const model::Finding& finding)
{
    return {{"code", text(finding.code)},
            {"severity", to_string(finding.severity)},
            {"distribution", text(finding.distribution)},
            {"summary", text(finding.summary)},
            {"evidence", list_of(finding.evidence, evidence_json)},
            {"remedies", texts(finding.remedies)}};
}

Json environment_json(const model::EnvironmentReport& report)
{
    const auto probe = report.probe.value_or(model::ProbeResult{});
    return {{"id", text(report.id)},
            {"path", text(report.path)},
            {"kind", to_string(report.kind)},
            {"state", to_string(report.state)},
            {"fingerprint", text(report.fingerprint)},
            {"interpreter",
             {{"path", text(report.interpreter_path)},
              {"version", text(report.interpreter_version)},
              {"implementation", text(report.interpreter_implementation)},
              {"soabi", text(report.interpreter_soabi)}}},
            {"chain", list_of(report.chain, chain_json)},
            {"findings", list_of(report.findings, finding_json)},
            {"probe",
             {{"ran", probe.ran}, {"ok", probe.ok}, {"import", text(probe.import)}, {"error", text(probe.error)}}},
            {"reason", text(report.state_reason)},
            {"hold", text(report.hold)}};
}

Json daemon_json(const model::DaemonReport& daemon)
{
    return {{"version", text(daemon.version)}, {"instance", text(daemon.instance)},
            {"state", text(daemon.state)},     {"uptime_s", daemon.uptime_s},
            {"watches", daemon.watches},       {"degraded", texts(daemon.degraded)}};
}

Json change_json(const model::PackageChange& change)
{
    return {{"distribution", text(change.distribution)},
            {"from", text(change.from)},
            {"to", text(change.to)},
            {"source", text(change.source)},
            {"sha256", text(change.sha256)}};
}

Json step_json(const model::Step& step)
{
    return {{"kind", to_string(step.kind)},
            {"changes", list_of(step.changes, change_json)},
            {"paths", texts(step.paths)},
            {"location", text(step.location)},
            {"text", text(step.text)},
            {"isolated", step.isolated}};
}

Json rung_json(const model::Rung& rung)
{
    return {{"steps", list_of(rung.steps, step_json)}, {"unavailable", text(rung.unavailable)}};
}

std::string advice_in(const model::Plan& plan)
{
    if (plan.state != model::PlanState::advice) return {};
    return is_left_out(plan) ? next_step(plan, {}).text : model::advice_of(plan);
}

Json plan_json(const model::Plan& plan)
{
    return {{"id", text(plan.id)},
            {"digest", text(plan.digest)},
            {"state", to_string(plan.state)},
            {"reason", text(plan.state_reason)},
            {"environment", text(plan.environment_id)},
            {"path", text(plan.environment_path)},
            {"fingerprint", text(plan.fingerprint)},
            {"chain", text(plan.chain)},
            {"policy", text(plan.policy)},
            {"policy_sha256", text(plan.policy_sha256)},
            {"findings", texts(plan.findings)},
            {"ladder", list_of(plan.ladder, rung_json)},
            {"allow_externally_managed", plan.allow_externally_managed},
            {"created_s", plan.created_s},
            {"expires_s", plan.expires_s},
            {"advice", text(advice_in(plan))}};
}

Json run_event_json(const model::RunEvent& event)
{
    return {{"at_ms", event.at_ms}, {"step", text(event.step)}, {"text", text(event.text)}};
}

Json run_json(const model::Run& run)
{
    return {{"id", text(run.id)},
            {"plan", text(run.plan_id)},
            {"environment", text(run.environment_id)},
            {"path", text(run.environment_path)},
            {"policy", text(run.policy)},
            {"approved_by", text(run.approved_by)},
            {"findings", texts(run.findings)},
            {"started_s", run.started_s},
            {"ended_s", run.ended_s},
            {"state", to_string(run.state)},
            {"summary", text(run.summary)},
            {"proof", text(run.proof)},
            {"events", list_of(run.events, run_event_json)}};
}

Json template_json(const model::StepTemplate& step)
{
    return {{"kind", to_string(step.kind)},
            {"distributions", texts(step.distributions)},
            {"quarantine", text(step.quarantine)},
            {"text", text(step.text)},
            {"pythons", texts(step.pythons)},
            {"index_url", text(step.index_url)},
            {"find_links", texts(step.find_links)}};
}

Json approval_json(const std::optional<model::Approval>& approval)
{
    if (!approval) return nullptr;
    return {{"by", text(approval->by)}, {"at_s", approval->at_s}, {"sha256", text(approval->sha256)}};
}

Json policy_json(const model::PolicyReport& report)
{
    const auto& policy = report.policy;
    return {{"name", text(policy.name)},
            {"describe", text(policy.describe)},
            {"file", text(policy.file)},
            {"sha256", text(policy.sha256)},
            {"mode", to_string(policy.mode)},
            {"approved", report.approval.has_value()},
            {"approval", approval_json(report.approval)},
            {"lapsed", report.lapsed},
            {"enforced", policy.enforced},
            {"in_project", policy.in_project},
            {"findings", texts(policy.findings)},
            {"kinds", list_of(policy.kinds, [](model::EnvironmentKind kind) { return Json(to_string(kind)); })},
            {"python", text(policy.python)},
            {"paths", texts(policy.paths)},
            {"ladder", list_of(policy.ladder, [](const auto& rung) { return list_of(rung, template_json); })},
            {"verify_chain", text(policy.verify_chain)},
            {"verify_command", texts(policy.verify_command)},
            {"attempts", policy.attempts},
            {"cooldown_s", policy.cooldown_s},
            {"window", text(policy.window)},
            {"allow_externally_managed", policy.allow_externally_managed}};
}

Json problem_json(const model::PolicyProblem& problem)
{
    return {{"file", text(problem.file)},
            {"line", problem.line},
            {"column", problem.column},
            {"reason", text(problem.reason)}};
}

Json verdict_json(const model::PolicyVerdict& verdict)
{
    return {{"policy", text(verdict.policy)},
            {"environment", text(verdict.environment_id)},
            {"path", text(verdict.environment_path)},
            {"acts", verdict.acts},
            {"reason", text(verdict.reason)}};
}

Json told_json(const model::Explanation& explanation)
{
    return {{"code", text(explanation.code)}, {"title", text(explanation.title)}, {"arises", text(explanation.arises)},
            {"tell", text(explanation.tell)}, {"fix", text(explanation.fix)},     {"avoid", text(explanation.avoid)}};
}

Json document()
{
    return {{"schema", 1}};
}

std::string written(const Json& json)
{
    // ASCII only: a bidirectional or C1 character in a name is then no danger to the terminal that shows the document.
    return json.dump(-1, ' ', true, Json::error_handler_t::replace) + '\n';
}

std::string event_document(const char* event, const char* key, Json value)
{
    auto json = document();
    json["event"] = event;
    json[key] = std::move(value);
    return written(json);
}

} // namespace

std::string environments_json(std::span<const model::EnvironmentReport> environments)
{
    auto json = document();
    json["environments"] = list_of(environments, environment_json);
    return written(json);
}

std::string status_json(const model::Status& status)
{
    auto json = document();
    json["daemon"] = daemon_json(status.daemon);
    json["environments"] = list_of(status.environments, environment_json);
    json["plans"] = list_of(status.plans, plan_json);
    json["offers"] = list_of(status.offers, [](const model::PolicyOffer& offer) {
        return Json{{"environment", text(offer.environment_id)},
                    {"policy", text(offer.policy)},
                    {"describe", text(offer.describe)},
                    {"approved", offer.approved},
                    {"findings", texts(offer.findings)},
                    {"advice", text(offer.advice)}};
    });
    return written(json);
}

std::string plans_json(std::span<const model::Plan> plans)
{
    auto json = document();
    json["plans"] = list_of(plans, plan_json);
    return written(json);
}

std::string runs_json(std::span<const model::Run> runs, std::uint64_t total)
{
    auto json = document();
    json["runs"] = list_of(runs, run_json);
    json["total"] = total;
    return written(json);
}

std::string policies_json(const model::PolicyList& list)
{
    auto json = document();
    json["policies"] = list_of(list.policies, policy_json);
    json["problems"] = list_of(list.problems, problem_json);
    return written(json);
}

std::string problems_json(std::span<const model::PolicyProblem> problems)
{
    auto json = document();
    json["problems"] = list_of(problems, problem_json);
    return written(json);
}

std::string verdicts_json(std::span<const model::PolicyVerdict> verdicts)
{
    auto json = document();
    json["verdicts"] = list_of(verdicts, verdict_json);
    return written(json);
}

std::string explanation_json(const model::Explanation& explanation)
{
    auto json = document();
    json["explanation"] = told_json(explanation);
    return written(json);
}

std::string explanations_json(std::span<const model::Explanation> explanations)
{
    auto json = document();
    json["explanations"] = list_of(explanations, told_json);
    return written(json);
}

std::string_view word_of(ErrorCode code)
{
    switch (code) {
    case ErrorCode::not_found: return "not-found";
    case ErrorCode::denied: return "denied";
    case ErrorCode::malformed: return "malformed";
    case ErrorCode::timed_out: return "timed-out";
    case ErrorCode::busy: return "busy";
    case ErrorCode::cancelled: return "cancelled";
    case ErrorCode::io: return "io";
    case ErrorCode::no_space: return "no-space";
    case ErrorCode::too_large: return "too-large";
    case ErrorCode::not_approved: return "not-approved";
    case ErrorCode::plan_changed: return "plan-changed";
    case ErrorCode::held: return "held";
    case ErrorCode::quarantined: return "quarantined";
    case ErrorCode::policy_invalid: return "policy-invalid";
    case ErrorCode::not_supported: return "not-supported";
    }
    return "io";
}

std::string error_json(const ErrorReport& error)
{
    auto json = document();
    json["error"] = {{"code", text(error.code)}, {"message", text(error.message)}, {"next", text(error.next)}, {"exit", error.exit}};
    return written(json);
}

std::string causes_json(std::span<const model::Cause> causes)
{
    auto json = document();
    json["causes"] = list_of(causes, [](const model::Cause& cause) {
        return Json{{"code", text(cause.code)}, {"confidence", text(cause.confidence)},
                    {"line", cause.line},       {"text", text(cause.text)},
                    {"explanation", text(cause.explanation)}, {"remedies", texts(cause.remedies)}};
    });
    return written(json);
}

std::string doctor_json(const model::Doctor& doctor)
{
    auto json = document();
    json["daemon"] = daemon_json(doctor.daemon);
    json["checks"] = list_of(doctor.checks, [](const model::HealthCheck& check) {
        return Json{{"topic", text(check.topic)},
                    {"state", text(check.state)},
                    {"text", text(check.text)},
                    {"advice", text(check.advice)}};
    });
    json["roots"] = texts(doctor.roots);
    return written(json);
}

std::string done_json(std::string_view what)
{
    auto json = document();
    json["done"] = text(what);
    return written(json);
}

std::string event_json(const model::EnvironmentReport& changed)
{
    return event_document("environment", "environment", environment_json(changed));
}

std::string event_json(const model::Plan& changed)
{
    return event_document("plan", "plan", plan_json(changed));
}

std::string event_json(const model::Run& changed)
{
    return event_document("run", "run", run_json(changed));
}

std::string event_json(const model::DaemonReport& changed)
{
    return event_document("daemon", "daemon", daemon_json(changed));
}

std::string event_json(std::string_view run_id, const model::RunEvent& event)
{
    return event_document("progress", "progress",
                          Json{{"run", text(run_id)}, {"at_ms", event.at_ms}, {"step", text(event.step)},
                               {"text", text(event.text)}});
}

std::string removed_json(std::string_view environment_id, std::string_view path)
{
    return event_document("removed", "environment", Json{{"id", text(environment_id)}, {"path", text(path)}});
}

} // namespace envfix::report
