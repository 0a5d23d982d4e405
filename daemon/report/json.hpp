#pragma once

#include "base/error.hpp"
#include "model/answers.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The JSON documents of DESIGN.md 8: keys in that order, then those that were added since. One line, pure ASCII
/// (`\uXXXX`), ended by a line break. Bytes that are not UTF-8 are escaped as `transportable` says; nothing is ever thrown.
namespace envfix::report {

std::string environments_json(std::span<const model::EnvironmentReport> environments);
std::string status_json(const model::Status& status);
std::string plans_json(std::span<const model::Plan> plans);
std::string runs_json(std::span<const model::Run> runs, std::uint64_t total);
std::string policies_json(const model::PolicyList& list);
std::string problems_json(std::span<const model::PolicyProblem> problems);
std::string verdicts_json(std::span<const model::PolicyVerdict> verdicts);
std::string explanation_json(const model::Explanation& explanation);
std::string explanations_json(std::span<const model::Explanation> explanations);
std::string causes_json(std::span<const model::Cause> causes);
std::string doctor_json(const model::Doctor& doctor);

/// "not-found": how a document names it.
std::string_view word_of(ErrorCode code);

/// What a command says that could not do what it was asked for.
struct ErrorReport {
    std::string code;    ///< "not-found", …; "unreachable" where no daemon answers, "usage" for a command line
    std::string message; ///< what, and where
    std::string next;    ///< what to do about it; may be empty
    int exit = 1;        ///< the exit code

    bool operator==(const ErrorReport&) const = default;
};

/// `{"schema":1,"error":…}`: the document of a command that failed.
std::string error_json(const ErrorReport& error);

/// `{"schema":1,"done":…}`: for a command that has nothing else to say.
std::string done_json(std::string_view what);

/// One event of `watch`: each is a document of its own.
std::string event_json(const model::EnvironmentReport& changed);
std::string event_json(const model::Plan& changed);
std::string event_json(const model::Run& changed);
std::string event_json(const model::DaemonReport& changed);
std::string event_json(std::string_view run_id, const model::RunEvent& event);
std::string removed_json(std::string_view environment_id, std::string_view path);

} // namespace envfix::report
