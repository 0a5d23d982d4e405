#pragma once

#include "cli/arguments.hpp"
#include "cli/client.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "report/json.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace envfix::cli {

/// Does what the person asked for. Gives the exit code of DESIGN.md 8.
int run(const Request& request);

/// The parts of it, by kind of command. `folder` is the person's working directory.
struct Session {
    const Request& request;
    const Output& out;
    Client& client;
    std::string folder;
    std::string named = {}; ///< the environment that is named, as the daemon takes it; empty: none

    /// The environment that is named, or else that of the working directory.
    [[nodiscard]] std::string environment() const { return request.operands.empty() ? folder : named; }
    [[nodiscard]] const std::string& operand() const { return request.operands.front(); }
};

int run_explain(const Session& session);
/// Every code there is; needs no daemon.
int list_codes(const Output& out);
int run_fix(const Session& session);
int run_approve(const Session& session);
int run_reject(const Session& session);
int run_undo(const Session& session);
int run_policy(const Session& session);
int run_watch(const Session& session);

/// The plan for `env`, one or none, while progress is shown.
Answer<std::vector<model::Plan>> plans_for(const Session& session, const std::string& env);

/// Says why there is no plan for `env`. Gives the exit code: 12 where it could not be checked.
int fail_planning(const Session& session, const Failure& failure, const std::string& env);

/// Whether the policy of a plan that waits may act: at most one offer. Nothing for a plan that does not wait.
std::vector<model::PolicyOffer> offers_of(const Session& session, const model::Plan& plan);

/// Says what the plan would do, and what comes next.
void say_plan(const Session& session, const model::Plan& plan, const std::vector<model::PolicyOffer>& offers);

/// Pages that are fetched at once; the bus gives no longer ones.
inline constexpr std::uint32_t k_page = 256;

/// An action that only succeeds or fails, and what to say then.
template <typename Call> int simply(const Session& session, const Call& call, std::string_view done)
{
    std::optional<Progress> progress(std::in_place, session.out.shows_progress(), "at work");
    const auto answer = session.client.ask(call);
    progress.reset();
    if (!answer) return session.out.fail(answer.error());
    session.out.say([&] { return report::done_json(done); }, [&] { return std::string{done} + '\n'; });
    return code(report::Exit::well);
}

} // namespace envfix::cli
