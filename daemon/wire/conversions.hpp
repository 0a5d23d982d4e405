#pragma once

#include "base/result.hpp"
#include "model/answers.hpp"
#include "wire/types.hpp"

#include <string>
#include <string_view>

/// Model ↔ D-Bus. Going out, texts that D-Bus cannot carry (no UTF-8, NUL) are escaped, and passwords masked; `from_wire` of
/// `to_wire` gives the same value otherwise. Coming in, a word that is none of ours is an error (malformed), not a guess.
namespace envfix::wire {

Environment to_wire(const model::EnvironmentReport& report);
Interpreter interpreter_to_wire(const model::EnvironmentReport& report);
Array<ChainLink> chain_to_wire(const model::EnvironmentReport& report);
Array<Finding> findings_to_wire(const model::EnvironmentReport& report);
Array<Probe> probe_to_wire(const model::EnvironmentReport& report);
Finding to_wire(const model::Finding& finding);
Daemon to_wire(const model::DaemonReport& daemon);
Plan to_wire(const model::Plan& plan);
Array<Rung> ladder_to_wire(const model::Plan& plan);
Step to_wire(const model::Step& step);
Run to_wire(const model::Run& run);
Event to_wire(const model::RunEvent& event);
Policy to_wire(const model::PolicyReport& report);
Template to_wire(const model::StepTemplate& step);
Problem to_wire(const model::PolicyProblem& problem);
Verdict to_wire(const model::PolicyVerdict& verdict);
Explanation to_wire(const model::Explanation& explanation);
Cause to_wire(const model::Cause& cause);
Offer to_wire(const model::PolicyOffer& offer);
Health to_wire(const model::HealthCheck& check);
Status to_wire(const model::Status& status);
Doctor to_wire(const model::Doctor& doctor);
Policies to_wire(const model::PolicyList& list);
String text_to_wire(std::string_view text);
Strings texts_to_wire(const std::vector<std::string>& texts);

Result<model::EnvironmentReport> from_wire(const Environment& wire);
Result<model::Finding> from_wire(const Finding& wire);
Result<model::DaemonReport> from_wire(const Daemon& wire);
Result<model::Plan> from_wire(const Plan& wire);
Result<model::Step> from_wire(const Step& wire);
Result<model::Run> from_wire(const Run& wire);
Result<model::RunEvent> from_wire(const Event& wire);
Result<model::PolicyReport> from_wire(const Policy& wire);
Result<model::StepTemplate> from_wire(const Template& wire);
Result<model::PolicyProblem> from_wire(const Problem& wire);
Result<model::PolicyVerdict> from_wire(const Verdict& wire);
Result<model::Explanation> from_wire(const Explanation& wire);
Result<model::Cause> from_wire(const Cause& wire);
Result<model::PolicyOffer> from_wire(const Offer& wire);
Result<model::HealthCheck> from_wire(const Health& wire);
Result<model::Status> from_wire(const Status& wire);
Result<model::Doctor> from_wire(const Doctor& wire);
Result<model::PolicyList> from_wire(const Policies& wire);

/// Each of a list, in its order.
template <typename T> auto list_to_wire(const std::vector<T>& items)
{
    Array<decltype(to_wire(items.front()))> wire;
    wire.reserve(items.size());
    for (const auto& item : items) wire.push_back(to_wire(item));
    return wire;
}

template <typename T, typename Wire> Result<std::vector<T>> list_from_wire(const Array<Wire>& wire)
{
    std::vector<T> items;
    items.reserve(wire.size());
    for (const auto& one : wire) {
        ENVFIX_TRY(auto item, from_wire(one));
        items.push_back(std::move(item));
    }
    return items;
}

} // namespace envfix::wire
