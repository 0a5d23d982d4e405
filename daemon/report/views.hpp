#pragma once

#include "model/answers.hpp"
#include "report/layout.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What a person reads on a terminal. Each gives whole lines that fit `Style::width` (commands to copy excepted); every text
/// from outside passes `shown`, so no escape sequence of a hostile name gets through.
namespace envfix::report {

/// The face of the program: the daemon in a line, the verdict, then for each environment that is not well where, what, which
/// file and what to type. The healthy ones are one line.
std::string status_text(const Style& style, const model::Status& status);

/// What `check` found: as in `status`, and a line for each healthy environment. `unwatched`: ids of those that no daemon looks
/// after and that could be added.
std::string check_text(const Style& style, std::span<const model::EnvironmentReport> environments,
                       std::span<const model::Plan> plans = {}, std::span<const model::PolicyOffer> offers = {},
                       std::span<const std::string> unwatched = {});

std::string list_text(const Style& style, std::span<const model::EnvironmentReport> environments);

/// One environment: interpreter, chain with what each link really is and hides, findings with their evidence.
std::string show_text(const Style& style, const model::EnvironmentReport& environment,
                      std::span<const model::Plan> plans = {}, std::span<const model::PolicyOffer> offers = {});

/// What would be done, step by step, with versions before and after and where each wheel comes from; or what it advises.
std::string plan_text(const Style& style, const model::Plan& plan, std::span<const model::PolicyOffer> offers = {});
std::string history_text(const Style& style, std::span<const model::Run> runs, std::uint64_t total);

/// How a run ended: what was done, how it was proved, and how to take it back.
std::string run_text(const Style& style, const model::Run& run);

std::string policy_list_text(const Style& style, const model::PolicyList& list);
std::string policy_text(const Style& style, const model::PolicyReport& policy);
std::string problems_text(const Style& style, std::span<const model::PolicyProblem> problems);

/// Why policies did or did not act in one environment: the answer first, then what each says that is for what is wrong there.
std::string why_text(const Style& style, std::span<const model::PolicyVerdict> verdicts);
std::string verdicts_text(const Style& style, std::span<const model::PolicyVerdict> verdicts);

std::string explanation_text(const Style& style, const model::Explanation& explanation);

/// Every code there is, one a line, and how `program` tells more of one.
std::string explanations_text(const Style& style, std::span<const model::Explanation> explanations, std::string_view program);
std::string causes_text(const Style& style, std::span<const model::Cause> causes);
std::string doctor_text(const Style& style, const model::Doctor& doctor);

/// One line of `watch`.
std::string event_text(const Style& style, const model::EnvironmentReport& changed);
std::string event_text(const Style& style, const model::Plan& changed);
std::string event_text(const Style& style, const model::Run& changed);
std::string event_text(const Style& style, const model::DaemonReport& changed);
std::string event_text(const Style& style, std::string_view run_id, const model::RunEvent& event);
std::string removed_text(const Style& style, std::string_view path);

} // namespace envfix::report
