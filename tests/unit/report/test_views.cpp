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
                            &doctor.daemon.degraded[0], &broken.hold, &status.offers[0].findings.emplace_back()}) {
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
    auto advised = status;
    advised.offers[0].advice = samples::advice() + hostile;
    advised.environments[0].hold.clear();
    auto told = advised;
    told.environments[0].state = model::EnvironmentState::broken;
    auto advice = plan;
    advice.state = model::PlanState::advice;
    advice.ladder = {{.steps = {}, .unavailable = hostile.empty() ? "nothing in the store" : hostile},
                     {.steps = {{.kind = model::StepKind::advise, .changes = {}, .paths = {}, .location = {}, .text = samples::advice() + hostile}},
                      .unavailable = {}}};
    told.plans = {advice};
    const std::vector<std::string> ids{broken.id};
    return {status_text(style, status),
            status_text(style, advised),
            status_text(style, told),
            plan_text(style, advice),
            show_text(style, broken, {}, advised.offers),
            check_text(style, environments, told.plans, {}, ids),
            explanations_text(style, {&explanation, 1}, "envfixctl"),
            why_text(style, {&verdict, 1}),
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
        // A command is there to be copied, and is never cut; that of samples::advice() as well.
        if (line.find("envfixctl ") != std::string_view::npos || line.find("git mv ") != std::string_view::npos) continue;
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
          "  3.13, this is Python 3.11. (cffi-backend-abi-mismatch)\n"
          "  file  /home/ann/src/shop/.ven…es/_cffi_backend.cpython-313-x86_64-linux-gnu.so\n"
          "  why   is cpython-313, should be cpython-311\n"
          "  also  PyJWT is not installed, and supabase imports it. (package-not-installed)\n"
          "  says  ModuleNotFoundError: No module named '_cffi_backend'\n"
          "  next  envfixctl policy approve reinstall-cffi\n"
          "        Reinstall cffi for the interpreter that runs it\n"
          "\n"
          "✓ 1 environment is well.\n");
}

TEST_CASE("checkouts that nobody set up are told of together where they are many")
{
    model::Status status{.daemon = samples::daemon(), .environments = {}, .total = 7, .plans = {}, .offers = {}};
    for (const auto* name : {"a", "b", "c", "d", "e", "f", "g"}) {
        model::EnvironmentReport project{.id = std::string("project-") + name,
                                         .path = std::string("/src/") + name,
                                         .kind = model::EnvironmentKind::project,
                                         .state = model::EnvironmentState::degraded};
        project.findings = {{.code = "package-not-installed",
                             .severity = model::Severity::warning,
                             .distribution = "supabase",
                             .summary = "the project has no environment"}};
        status.environments.push_back(project);
    }
    const auto shown = status_text({.width = 80}, status);
    CHECK_THAT(shown, ContainsSubstring("Of 7 environments: 7 with warnings.\n"
                                        "\n"
                                        "! 7 projects have no environment for what they ask for\n"
                                        "  /src/a\n"
                                        "  /src/b\n"
                                        "  /src/c\n"
                                        "  /src/d\n"
                                        "  /src/e\n"
                                        "  and 2 more: envfixctl list\n"
                                        "  next  envfixctl fix PATH\n"));
    status.environments.resize(3);
    CHECK_THAT(status_text({.width = 80}, status), ContainsSubstring("! /src/c  degraded\n"));
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
    run.state = model::RunState::reverted;
    CHECK_THAT(run_text({}, run), ContainsSubstring("next      envfixctl status 3fa1b2c3d4e5\n"));
}

TEST_CASE("an advice is told line by line, its commands on lines of their own, and nobody is asked to approve it")
{
    auto plan = samples::plan();
    plan.state = model::PlanState::advice;
    plan.ladder[1].steps = {{.kind = model::StepKind::advise, .changes = {}, .paths = {}, .location = {}, .text = samples::advice()}};
    const std::string told = "next     Rename the file, and what imports it, and remove the __pycache__ beside it:\n"
                             "           git mv jwt.py tokens.py && rm -r __pycache__\n"
                             "         If it only holds data, install the real package.\n";
    const auto text = plan_text({.width = 100}, plan);
    CHECK_THAT(text, ContainsSubstring(told) && ContainsSubstring("nothing in the store") && !ContainsSubstring("approve"));
    CHECK_THAT(text, !ContainsSubstring("\\x0a"));

    auto status = samples::status();
    status.plans = {plan};
    const std::string below = "  next  Rename the file, and what imports it, and remove the __pycache__ beside it:\n"
                              "          git mv jwt.py tokens.py && rm -r __pycache__\n"
                              "        If it only holds data, install the real package.\n";
    CHECK_THAT(status_text({.width = 100}, status), ContainsSubstring(below));
    CHECK_THAT(check_text({.width = 100}, status.environments, status.plans, status.offers), ContainsSubstring(below));
    CHECK_THAT(show_text({.width = 100}, status.environments[0], status.plans), ContainsSubstring("git mv jwt.py tokens.py"));
    status.plans.clear(); // nor where no plan was made, since nobody approved the policy
    status.offers[0].advice = samples::advice();
    CHECK_THAT(status_text({.width = 100}, status), ContainsSubstring(below) && !ContainsSubstring("approve"));
}

TEST_CASE("a plan of which nothing can be done says why of each rung, and asks for no approval")
{
    auto plan = samples::plan();
    plan.state = model::PlanState::advice;
    for (auto& rung : plan.ladder) rung.unavailable = "no index";
    const auto text = plan_text({.width = 120}, plan);
    CHECK_THAT(text, ContainsSubstring("nothing of it can be done as things are") && ContainsSubstring("left out  pip-reinstall cffi, quarantine: no index\n") &&
                         ContainsSubstring("next     envfixctl plan ") && !ContainsSubstring("approve"));
}

TEST_CASE("packages of the system are the machine's daemon's to install where a plan has versions, else the person's; none are taken back")
{
    auto plan = samples::plan();
    const model::PackageChange jwt{.distribution = "python3-jwt", .from = "2.6.0-1", .to = "2.6.0-1", .source = {}, .sha256 = {}};
    plan.ladder = {{.steps = {{.kind = model::StepKind::system_packages, .changes = {jwt}, .text = "sudo apt-get install -- python3-jwt=2.6.0-1"}},
                    .unavailable = {}}};
    const Style wide{.width = 300};
    CHECK_THAT(plan_text(wide, plan), ContainsSubstring("in just these versions; the machine's envfix does it\n") &&
                                          ContainsSubstring("but packages of the system, which stay installed\n"));
    plan.ladder[0].steps[0].changes[0].to.clear();
    CHECK_THAT(plan_text(wide, plan), ContainsSubstring("for you to do: install packages of the system\n") && !ContainsSubstring("stay installed"));

    auto run = samples::run();
    run.state = model::RunState::fixed;
    run.events = {{.at_ms = 1, .step = "system-packages", .text = "asked"}, {.at_ms = 2, .step = "proof", .text = "well"}};
    CHECK_THAT(run_text(wide, run), ContainsSubstring("undo      packages of the system are not taken back\n"));
    run.events.push_back({.at_ms = 3, .step = "transaction", .text = "kept"});
    CHECK_THAT(run_text(wide, run), ContainsSubstring("undo      envfixctl undo "));
    run.state = model::RunState::failed;
    run.environment_id.clear();
    run.policy.clear();
    CHECK_THAT(run_text(wide, run), ContainsSubstring("why       asked for by ann\n") && !ContainsSubstring("envfixctl status"));
}

TEST_CASE("a plan names the policy to approve before it, as status does")
{
    auto offers = samples::status().offers;
    CHECK_THAT(plan_text({}, samples::plan(), offers),
               ContainsSubstring("next     envfixctl policy approve reinstall-cffi\n") && ContainsSubstring("then: envfixctl approve 9f8e7d6c5b4a"));
    offers[0].approved = true;
    CHECK_THAT(plan_text({}, samples::plan(), offers), ContainsSubstring("next     envfixctl approve 9f8e7d6c5b4a\n"));
}

TEST_CASE("the first fault that is shown is the one that the next step is about")
{
    auto status = samples::status();
    status.offers[0].findings = {"package-not-installed"};
    const auto text = status_text({}, status);
    CHECK(text.find("PyJWT is not installed") < text.find("also"));
    CHECK(text.find("cryptography cannot start") > text.find("also"));
    const auto shown = show_text({}, status.environments[0], {}, status.offers);
    CHECK(shown.find("package-not-installed") < shown.find("cffi-backend-abi-mismatch"));
}

TEST_CASE("a hold is shown in every view, and what ends it comes before what it keeps off")
{
    auto status = samples::status();
    auto& report = status.environments[0];
    report.hold = "until it is released: release day";
    status.offers[0].approved = true;
    CHECK_THAT(list_text({}, status.environments), ContainsSubstring("broken, held"));
    CHECK_THAT(show_text({}, report, {}, status.offers), ContainsSubstring("held         until it is released: release day\n"));
    CHECK_THAT(status_text({}, status), ContainsSubstring("next  envfixctl release " + report.path));
    report.state = model::EnvironmentState::healthy;
    CHECK_THAT(check_text({}, {&report, 1}), ContainsSubstring("held  until it is released: release day\n"));
}

TEST_CASE("two interpreters of the system that share a prefix are told apart")
{
    auto first = samples::healthy();
    first.kind = model::EnvironmentKind::system;
    first.path = "/usr";
    first.interpreter_path = "/usr/bin/python3.11";
    auto second = first;
    second.interpreter_path = "/usr/bin/python3.11d";
    CHECK_THAT(list_text({}, std::vector{first, second}), ContainsSubstring("/usr/bin/python3.11\n") && ContainsSubstring("/usr/bin/python3.11d\n"));
}

TEST_CASE("an environment that nobody looks after can be added")
{
    const auto report = samples::broken();
    const std::vector<std::string> ids{report.id};
    CHECK_THAT(check_text({}, {&report, 1}, {}, {}, ids), ContainsSubstring("envfixctl add /home/ann/src/shop\n"));
    CHECK_THAT(check_text({}, {&report, 1}), !ContainsSubstring("envfixctl add"));
}

TEST_CASE("a healthy environment says why it was taken")
{
    auto report = samples::healthy();
    report.state_reason = "/srv has no Python environment of its own; this is what python3 means there: /usr/bin/python3";
    CHECK_THAT(check_text({.width = 120}, {&report, 1}), ContainsSubstring("healthy\n  /srv has no Python environment of its own"));
}

TEST_CASE("why gives the answer first, and counts the policies that are for other things")
{
    auto first = samples::verdict();
    first.acts = false;
    first.reason = "Nobody has approved it.";
    auto other = first;
    other.policy = "other";
    other.reason = std::string{model::k_no_finding} + ": corrupt-binary.";
    std::vector verdicts{other, first};
    CHECK(why_text({}, verdicts) == "None acts by itself there. reinstall-cffi: Nobody has approved it.\n"
                                    "\n"
                                    "1 policy is for other findings: envfixctl policy list\n");
    CHECK(verdicts_text({}, verdicts).ends_with("  Nobody has approved it.\n\nNone of its findings is in 1 environment.\n"));
    verdicts[1].acts = true;
    CHECK(why_text({}, verdicts).starts_with("reinstall-cffi acts by itself there.\n"));
    verdicts.pop_back();
    CHECK(why_text({}, verdicts).starts_with("No policy is for anything that is wrong there.\n"));
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
