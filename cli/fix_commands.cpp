#include "cli/commands.hpp"
#include "cli/follow.hpp"
#include "cli/progress.hpp"
#include "cli/terminal.hpp"
#include "report/report.hpp"
#include "report/text.hpp"
#include "wire/conversions.hpp"

#include <optional>
#include <string_view>

namespace envfix::cli {

namespace {

using report::Exit;

constexpr std::chrono::seconds k_patience_for_work{600};

/// Starts a run with `start` (gives its path), and follows it where the person waits for it. `env`: what is planned for; empty:
/// nothing is planned.
template <typename Start>
int start_and_follow(const Session& session, const Start& start, bool wait, bool undoing, const std::string& env = {})
{
    session.client.set_patience(k_patience_for_work);
    const auto& out = session.out;
    const bool shows_progress = out.interactive();
    Follower follower(session.client, shows_progress ? std::function<void(const model::RunEvent&)>([&](const model::RunEvent& event) {
        out.remark(report::labelled(out.style(), 2, report::shown(event.step), 11, report::shown(event.text)));
    })
                                                     : nullptr);
    if (wait) {
        if (const auto listening = follower.listen(); !listening) return out.fail(listening.error());
        say_when_interrupted("\nenvfixctl: the daemon goes on with it; see envfixctl history\n");
    }
    std::optional<Progress> progress(std::in_place, out.shows_progress(), undoing ? "taking it back" : "planning");
    const auto path = session.client.ask(start);
    progress.reset();
    if (!path) return env.empty() ? out.fail(path.error()) : fail_planning(session, path.error(), env);
    if (*path == "/") {
        out.say([] { return report::runs_json({}, 0); },
                [] { return std::string{"There is nothing to do: nothing is wrong there.\n"}; });
        return code(Exit::well);
    }
    const std::string_view whole = *path;
    const std::string id{whole.substr(whole.rfind('/') + 1)};
    if (!wait) {
        out.say([&] { return report::done_json("run " + id); },
                [&] { return "Run " + report::shown(id) + " has begun; see envfixctl history\n"; });
        return code(Exit::well);
    }
    const auto run = follower.to_end(id, undoing);
    if (!run) return out.fail(run.error(), run.error().reached ? "" : "it is finished or taken back when the daemon starts again");
    out.say([&] { return report::runs_json({&*run, 1}, 1); }, [&] { return report::run_text(out.style(), *run); });
    if (undoing) return code(run->state == model::RunState::undone ? Exit::well : Exit::fix_failed);
    return code(report::exit_code(*run));
}

int approve_and_follow(const Session& session, const model::Plan& plan, bool wait)
{
    return start_and_follow(
        session, [&](Manager& manager) { return manager.Approve(plan.id, plan.digest); }, wait, false);
}

} // namespace

int run_fix(const Session& session)
{
    const auto& out = session.out;
    const auto env = session.environment();
    const bool wait = session.request.wait || out.interactive();
    if (session.request.yes) {
        return start_and_follow(session, [&](Manager& manager) { return manager.Fix(env, true); }, wait, false, env);
    }
    session.client.set_patience(k_patience_for_work);
    const auto plans = plans_for(session, env);
    if (!plans) return fail_planning(session, plans.error(), env);
    if (!plans->empty() && plans->front().state == model::PlanState::advice) {
        say_plan(session, plans->front(), {});
        return code(Exit::failed); // nothing was fixed
    }
    if (plans->empty() || plans->front().state != model::PlanState::waiting) {
        // Nothing to do, or a policy that needs no yes of ours.
        return start_and_follow(session, [&](Manager& manager) { return manager.Fix(env, false); }, wait, false, env);
    }
    const auto& plan = plans->front();
    const auto offers = offers_of(session, plan);
    say_plan(session, plan, offers);
    const bool may = offers.empty() || offers.front().approved; // else a yes is refused
    if (may && out.interactive() && ask("\nDo this? [y/N] ")) return approve_and_follow(session, plan, true);
    out.remark(may ? "\nThe plan waits for your approval.\n" : "\nThe plan waits for your approval, and its policy for one before.\n");
    return code(Exit::waiting);
}

int run_approve(const Session& session)
{
    // The digest is that of the plan as it is now: if it changes in between, the daemon refuses.
    const auto plan = session.client.ask([&](Manager& manager) { return manager.GetPlan(session.operand()); },
                                         [](const wire::Plan& wire) { return wire::from_wire(wire); });
    if (!plan) return session.out.fail(plan.error(), "envfixctl status shows the plans that wait");
    return approve_and_follow(session, *plan, session.request.wait || session.out.interactive());
}

int run_reject(const Session& session)
{
    const auto plan = session.client.ask([&](Manager& manager) { return manager.GetPlan(session.operand()); },
                                         [](const wire::Plan& wire) { return wire::from_wire(wire); });
    if (!plan) return session.out.fail(plan.error(), "envfixctl status shows the plans that wait");
    return simply(session, [&](Manager& manager) { manager.Reject(plan->id); }, "Rejected: " + report::shown(plan->id));
}

int run_undo(const Session& session)
{
    return start_and_follow(session, [&](Manager& manager) { return manager.Undo(session.operand()); }, true, true);
}

} // namespace envfix::cli
