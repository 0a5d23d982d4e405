#include "cli/commands.hpp"
#include "cli/operands.hpp"
#include "report/report.hpp"
#include "report/text.hpp"
#include "wire/conversions.hpp"

namespace envfix::cli {

namespace {

using report::Exit;

constexpr std::size_t k_longest_policy = 256 * 1024;
constexpr std::string_view k_see_list = "envfixctl policy list shows what there is";

Answer<model::PolicyReport> policy_named(const Session& session)
{
    return session.client.ask([&](Manager& manager) { return manager.GetPolicy(session.operand()); },
                              [](const wire::Policy& wire) { return wire::from_wire(wire); });
}

int run_list(const Session& session)
{
    const auto list = session.client.ask([](Manager& manager) { return manager.Policies(); },
                                         [](const wire::Policies& wire) { return wire::from_wire(wire); });
    if (!list) return session.out.fail(list.error());
    session.out.say([&] { return report::policies_json(*list); },
                    [&] { return report::policy_list_text(session.out.style(), *list); });
    return code(Exit::well);
}

int run_show(const Session& session)
{
    const auto policy = policy_named(session);
    if (!policy) return session.out.fail(policy.error(), k_see_list);
    session.out.say([&] { return report::policies_json({.policies = {*policy}, .problems = {}}); },
                    [&] { return report::policy_text(session.out.style(), *policy); });
    return code(Exit::well);
}

int run_check(const Session& session)
{
    const auto content = read_input(session.operand(), k_longest_policy);
    if (!content) return session.out.fail(content.error());
    const std::vector<std::uint8_t> bytes(content->begin(), content->end());
    const auto problems = session.client.ask(
        [&](Manager& manager) { return manager.CheckPolicy(report::transportable(session.operand()), bytes); },
        [](const wire::Array<wire::Problem>& wire) { return wire::list_from_wire<model::PolicyProblem>(wire); });
    if (!problems) return session.out.fail(problems.error());
    session.out.say([&] { return report::problems_json(*problems); },
                    [&] {
                        return problems->empty() ? report::shown(session.operand()) + ": nothing is wrong with it\n"
                                                 : report::problems_text(session.out.style(), *problems);
                    });
    return code(problems->empty() ? Exit::well : Exit::failed);
}

using View = std::string (*)(const report::Style&, std::span<const model::PolicyVerdict>);

template <typename Call> int say_verdicts(const Session& session, const Call& call, View view)
{
    const auto verdicts = session.client.ask(
        call, [](const wire::Array<wire::Verdict>& wire) { return wire::list_from_wire<model::PolicyVerdict>(wire); });
    if (!verdicts) return session.out.fail(verdicts.error());
    session.out.say([&] { return report::verdicts_json(*verdicts); },
                    [&] { return view(session.out.style(), *verdicts); });
    return code(Exit::well);
}

int approve(const Session& session)
{
    // The digest is that of the content as it is now: if the file changes in between, the daemon refuses.
    const auto policy = policy_named(session);
    if (!policy) return session.out.fail(policy.error(), k_see_list);
    const auto& content = policy->policy;
    const auto answer = session.client.ask([&](Manager& manager) { manager.ApprovePolicy(content.name, content.sha256); });
    if (!answer) return session.out.fail(answer.error());
    session.out.say([&] { return report::done_json("approved " + content.name + ' ' + content.sha256); },
                    [&] {
                        return "Approved: " + report::shown(content.name) + ", as it stands now (SHA-256 " +
                               report::shown(content.sha256).substr(0, 12) + ")\n";
                    });
    return code(Exit::well);
}

} // namespace

int run_policy(const Session& session)
{
    const auto& request = session.request;
    if (request.command == Command::policy_list) return run_list(session);
    if (request.command == Command::policy_show) return run_show(session);
    if (request.command == Command::policy_check) return run_check(session);
    if (request.command == Command::policy_approve) return approve(session);
    if (request.command == Command::policy_test) {
        return say_verdicts(session, [&](Manager& manager) { return manager.TestPolicy(session.operand()); }, report::verdicts_text);
    }
    if (request.command == Command::policy_why) {
        return say_verdicts(session, [&](Manager& manager) { return manager.WhyPolicies(session.environment()); }, report::why_text);
    }
    return simply(session, [&](Manager& manager) { manager.RevokePolicy(session.operand()); },
                  "Revoked: " + report::shown(session.operand()));
}

} // namespace envfix::cli
