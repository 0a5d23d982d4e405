#include "wire/conversions.hpp"

#include "wire/fields.hpp"

#include <utility>

namespace envfix::wire {

namespace {

constexpr const char* k_offered_findings = "offered-findings"; ///< of each offer of a status, in their order
constexpr const char* k_offered_advice = "offered-advice";

} // namespace

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

} // namespace envfix::wire
