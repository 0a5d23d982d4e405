#include "report/text.hpp"
#include "report/views.hpp"

#include "support/catch.hpp"
#include "support/samples.hpp"

#include <vector>
using namespace envfix;
using namespace envfix::report;

namespace {

/// Every view of every sample, with this hostile text in each field that comes from outside.
std::vector<std::string> all_views(const Style& style, const std::string& hostile)
{
    auto status = samples::status();
    auto& broken = status.environments[0];
    auto plan = samples::plan();
    auto run = samples::run();
    auto policy = samples::policy();
    auto problem = samples::problem();
    auto verdict = samples::verdict();
    auto explanation = samples::explanation();
    auto cause = samples::cause();
    auto doctor = samples::doctor();
    if (!hostile.empty()) {
        for (auto* field : {&broken.id, &broken.path, &broken.state_reason, &broken.interpreter_path,
                            &broken.interpreter_version, &broken.interpreter_implementation, &broken.interpreter_soabi,
                            &broken.chain[0].distribution, &broken.chain[0].version, &broken.chain[0].location,
                            &broken.chain[0].state, &broken.chain[1].shadows[0], &broken.findings[0].code,
                            &broken.findings[0].distribution, &broken.findings[0].summary,
                            &broken.findings[0].evidence[0].path, &broken.findings[0].evidence[0].owner,
                            &broken.findings[0].evidence[0].expected, &broken.findings[0].evidence[0].actual,
                            &broken.findings[0].remedies[0], &broken.findings[1].summary, &broken.probe->import,
                            &broken.probe->error, &status.daemon.version, &status.daemon.state,
                            &status.offers[0].policy, &status.offers[0].describe, &plan.id, &plan.environment_path,
                            &plan.chain, &plan.policy, &plan.findings[0], &plan.state_reason, &plan.ladder[0].unavailable,
                            &plan.ladder[1].steps[0].changes[0].distribution, &plan.ladder[1].steps[0].changes[0].from,
                            &plan.ladder[1].steps[0].changes[0].source, &plan.ladder[1].steps[0].changes[0].sha256,
                            &plan.ladder[1].steps[1].paths[0], &plan.ladder[1].steps[0].location,
                            &plan.ladder[1].steps[0].text, &run.id, &run.environment_path, &run.policy, &run.approved_by,
                            &run.findings[0], &run.summary, &run.proof, &run.events[0].step, &run.events[0].text,
                            &policy.policy.name, &policy.policy.describe, &policy.policy.file, &policy.policy.sha256,
                            &policy.policy.findings[0], &policy.policy.python, &policy.policy.paths[0],
                            &policy.policy.window, &policy.approval->by, &policy.policy.verify_command[0],
                            &policy.policy.ladder[1][0].text, &policy.policy.ladder[1][0].index_url, &problem.file,
                            &problem.reason, &verdict.policy, &verdict.environment_path, &verdict.reason,
                            &explanation.code, &explanation.title, &explanation.arises, &cause.code, &cause.confidence,
                            &cause.text, &cause.explanation, &cause.remedies[0], &doctor.checks[0].topic,
                            &doctor.checks[0].text, &doctor.checks[0].advice, &doctor.roots[0],
                            &doctor.daemon.degraded[0]}) {
            *field = hostile;
        }
        status.daemon.degraded = {hostile};
        status.offers[0].environment_id = broken.id;
    }
    auto awaiting = status;
    awaiting.environments[0].state = model::EnvironmentState::awaiting_approval;
    plan.environment_id = broken.id;
    awaiting.plans = {plan};
    const std::vector<model::EnvironmentReport> environments = status.environments;
    return {status_text(style, status),
            status_text(style, awaiting),
            check_text(style, environments, {}, status.offers),
            list_text(style, environments),
            show_text(style, broken, {}, status.offers),
            plan_text(style, plan),
            history_text(style, {&run, 1}, 7),
            run_text(style, run),
            policy_list_text(style, {.policies = {policy}, .problems = {problem}}),
            policy_text(style, policy),
            verdicts_text(style, {&verdict, 1}),
            explanation_text(style, explanation),
            causes_text(style, {&cause, 1}),
            doctor_text(style, doctor),
            event_text(style, broken),
            event_text(style, plan),
            event_text(style, run),
            event_text(style, doctor.daemon),
            event_text(style, run.id, run.events[0]),
            removed_text(style, broken.path)};
}

void fits(const std::string& text, int width)
{
    CHECK(text.ends_with('\n'));
    std::string_view rest = text;
    while (!rest.empty()) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        // A command is there to be copied, and is never cut.
        if (line.find("envfixctl ") != std::string_view::npos) continue;
        INFO(line);
        CHECK(display_width(line) <= static_cast<std::size_t>(width));
    }
}

} // namespace

TEST_CASE("status says at once what is broken, why, which file, and what to type")
{
    CHECK(status_text({.width = 80}, samples::status()) ==
          "envfixd 0.1.0 · user · ready · up 3 h 4 min · 42 watches\n"
          "\n"
          "Of 2 environments: 1 broken.\n"
          "\n"
          "✗ /home/ann/src/shop/.venv  broken\n"
          "  cryptography cannot start: its compiled half _cffi_backend was made for Python\n"
          "  3.13, this is Python 3.11.\n"
          "  file  /home/ann/src/shop/.ven…es/_cffi_backend.cpython-313-x86_64-linux-gnu.so\n"
          "  why   is cpython-313, should be cpython-311\n"
          "  also  PyJWT is not installed, and supabase imports it.\n"
          "  says  ModuleNotFoundError: No module named '_cffi_backend'\n"
          "  next  envfixctl policy approve reinstall-cffi\n"
          "        Reinstall cffi for the interpreter that runs it\n"
          "\n"
          "✓ 1 environment is well.\n");
}

TEST_CASE("where all is well, status is three lines")
{
    model::Status status{.daemon = samples::daemon(), .environments = {samples::healthy()}, .total = 8, .plans = {}, .offers = {}};
    CHECK(status_text({}, status) == "envfixd 0.1.0 · user · ready · up 3 h 4 min · 42 watches\n"
                                     "\n"
                                     "✓ 8 environments are well.\n");
    status.environments.clear();
    CHECK_THAT(status_text({}, status), ContainsSubstring("next  envfixctl add PATH\n"));
}

TEST_CASE("what is degraded stands right below the daemon")
{
    auto status = samples::status();
    status.daemon.degraded = {"The watch limit is reached."};
    CHECK_THAT(status_text({}, status), ContainsSubstring("42 watches\n!  The watch limit is reached.\n"));
}

TEST_CASE("an environment that could not be looked at is neither good nor bad")
{
    auto report = samples::healthy();
    report.state = model::EnvironmentState::unverifiable;
    report.state_reason = "/home/ann/src/blog/.venv/lib: Permission denied";
    const auto text = check_text({}, {&report, 1});
    CHECK(text == "? /home/ann/src/blog/.venv  unverifiable\n"
                  "  /home/ann/src/blog/.venv/lib: Permission denied\n"
                  "  next  envfixctl check /home/ann/src/blog/.venv\n"
                  "        once that is put right\n");
}

TEST_CASE("check gives a healthy environment one line")
{
    const auto report = samples::healthy();
    CHECK(check_text({}, {&report, 1}) == "✓ /home/ann/src/blog/.venv  healthy\n");
}

TEST_CASE("a plan shows versions before and after, and where the wheel comes from")
{
    const auto text = plan_text({}, samples::plan());
    CHECK_THAT(text, ContainsSubstring("cffi 1.15.1 → 1.16.0\n"));
    CHECK_THAT(text, ContainsSubstring("from    /srv/wheels/cffi-1.16.0-cp311.whl\n"));
    CHECK_THAT(text, ContainsSubstring("left out: nothing in the store\n"));
    CHECK_THAT(text, ContainsSubstring("next     envfixctl approve 9f8e7d6c5b4a\n"));
}

TEST_CASE("a plan that waits for a warning makes no environment broken")
{
    auto status = samples::status();
    auto& report = status.environments[0];
    report.state = model::EnvironmentState::awaiting_approval;
    CHECK_THAT(status_text({}, status), ContainsSubstring("1 broken."));
    for (auto& finding : report.findings) finding.severity = model::Severity::warning;
    CHECK_THAT(status_text({}, status), ContainsSubstring("Of 2 environments: 1 with warnings."));
}

TEST_CASE("a run that was taken back says so, and not what once proved it")
{
    auto run = samples::run();
    run.proof = "imports in the real interpreter";
    CHECK_THAT(run_text({}, run), ContainsSubstring(run.proof));
    run.state = model::RunState::undone;
    CHECK_THAT(run_text({}, run), ContainsSubstring("taken back") && !ContainsSubstring(run.proof));
}

TEST_CASE("every view fits 40, 80 and 200 columns, plain and in ASCII")
{
    for (const int width : {40, 80, 200}) {
        for (const bool unicode : {true, false}) {
            for (const auto& text : all_views({.colour = false, .width = width, .unicode = unicode}, {})) fits(text, width);
            for (const auto& text : all_views({.width = width, .unicode = unicode}, std::string(300, 'x'))) fits(text, width);
        }
    }
}

TEST_CASE("no escape sequence of a hostile name reaches the terminal")
{
    for (const std::string hostile : {"\x1b[31mred", "\x1b]0;title\x07", "\x9b""31m", "a\rb\nc", "\xe2\x80\xae""evil", "\xc2\x9b""31m", "\xff"}) {
        for (const auto& text : all_views({.width = 80}, hostile)) {
            CHECK(text.find('\x1b') == std::string::npos);
            CHECK(text.find('\x07') == std::string::npos);
            CHECK(text.find('\r') == std::string::npos);
            CHECK(text.find("\xe2\x80\xae") == std::string::npos);
            CHECK(text.find("\xc2\x9b") == std::string::npos);
            CHECK(text.find('\xff') == std::string::npos);
        }
    }
}
