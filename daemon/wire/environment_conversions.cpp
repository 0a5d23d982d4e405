#include "wire/conversions.hpp"

#include "wire/fields.hpp"

#include <utility>

namespace envfix::wire {

namespace {

constexpr const char* k_hold = "hold";

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

} // namespace envfix::wire
