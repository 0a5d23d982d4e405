#include "called.hpp"

#include <asio/steady_timer.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

using namespace envfix;

TEST_CASE("status asks once, shows what is broken, and ends with 11")
{
    ServedBus served;
    served.port.the_plans.clear();
    const auto got = ctl(served, {"status"}, with_columns(80));
    CHECK(got.exit_code == 11);
    CHECK(got.err.empty());
    CHECK(got.out == report::status_text({.width = 80}, samples::status()));
    CHECK(served.port.asked == std::vector<std::string>{"status"});
}

TEST_CASE("with --json there is one document and nothing else, whatever the command")
{
    ServedBus served;
    auto status = samples::status();
    status.plans = {samples::plan()};
    const auto environments = status.environments;
    const auto broken = samples::broken();
    const auto plan = samples::plan();
    const auto run = samples::run();
    const auto cause = samples::cause();
    const auto verdict = samples::verdict();
    const std::vector<std::pair<std::vector<std::string>, std::string>> wanted{
        {{"status"}, report::status_json(status)},
        {{"list"}, report::environments_json(environments)},
        {{"show", "3fa1"}, report::environments_json({&broken, 1})},
        {{"check", "/srv"}, report::environments_json(environments)},
        {{"plan", "3fa1"}, report::plans_json({&plan, 1})},
        {{"fix", "3fa1"}, report::plans_json({&plan, 1})},
        {{"fix", "3fa1", "--yes", "--wait"}, report::runs_json({&run, 1}, 1)},
        {{"fix", "3fa1", "--yes"}, report::done_json("run 0123456789ab")},
        {{"approve", "9f8e", "--wait"}, report::runs_json({&run, 1}, 1)},
        {{"history"}, report::runs_json({&run, 1}, 1)},
        {{"explain", "cffi-backend-missing"}, report::explanation_json(samples::explanation())},
        {{"diagnose", "/dev/null"}, report::causes_json({&cause, 1})},
        {{"policy", "list"}, report::policies_json({.policies = {samples::policy()}, .problems = {}})},
        {{"policy", "show", "reinstall-cffi"}, report::policies_json({.policies = {samples::policy()}, .problems = {}})},
        {{"policy", "why", "3fa1"}, report::verdicts_json({&verdict, 1})},
        {{"policy", "check", "/dev/null"}, report::problems_json({})},
        {{"reload"}, report::problems_json({})},
        {{"doctor"}, report::doctor_json(samples::doctor())},
        {{"add", "/srv"}, report::done_json("Watched: /srv")},
    };
    for (const auto& [words, document] : wanted) {
        auto with_json = words;
        with_json.insert(with_json.begin(), "--json");
        INFO(words.front());
        const auto got = ctl(served, with_json);
        CHECK(got.out == document);
        CHECK(got.err.empty());
    }
}

TEST_CASE("each command asks the daemon what it should")
{
    struct Case {
        std::vector<std::string> words;
        std::string asked;
    };
    ServedBus served;
    const std::vector<Case> cases{
        {{"status", "3fa1b2"}, "status 3fa1b2"},
        {{"status", "/x/../home/ann/./src/shop/.venv/"}, "environment " + k_path},
        {{"show", "3fa1"}, "status 3fa1"},
        {{"check", "3fa1", "--probe"}, "check 3fa1 probe"},
        {{"check", "/srv", "--probe"}, "check_paths /srv probe"},
        {{"plan", "3fa1"}, "plan 3fa1"},
        {{"fix", "3fa1", "-y"}, "fix 3fa1 yes"},
        {{"reject", "9f8e"}, "plan 9f8e"},
        {{"history", "3fa1"}, "runs 3fa1"},
        {{"policy", "approve", "reinstall-cffi"}, "policy reinstall-cffi"},
        {{"policy", "revoke", "reinstall-cffi"}, "revoke_policy reinstall-cffi"},
        {{"policy", "test", "reinstall-cffi"}, "test_policy reinstall-cffi"},
        {{"add", "/srv/"}, "add_root /srv"},
        {{"remove", "/srv"}, "remove_root /srv"},
        {{"hold", "3fa1", "--for", "2h", "--reason", "release day"}, "hold 3fa1 7200 release day"},
        {{"release"}, "release"},
    };
    for (const auto& [words, asked] : cases) {
        served.port.asked.clear();
        INFO(asked);
        const auto got = ctl(served, words);
        CHECK(got.err.empty());
        CHECK(first_asked(served) == asked);
    }
    ctl(served, {"policy", "approve", "reinstall-cffi"});
    CHECK(served.port.asked.back() == "approve_policy reinstall-cffi bbbb");
    ctl(served, {"approve", "9f8e"});
    CHECK(served.port.asked.back() == "approve 9f8e7d6c5b4a 9f8e7d6c5b4a");
}

TEST_CASE("where no environment is named, it is that of the working directory")
{
    ServedBus served;
    const TempFolder folder;
    ChildSetup setup;
    setup.folder = folder.path();
    ctl(served, {"plan"}, setup);
    CHECK(was_asked(served, "plan " + folder.path()));
    ctl(served, {"check"}, setup);
    CHECK(was_asked(served, "check_paths " + folder.path()));
    ctl(served, {"check", "."}, setup);
    CHECK(was_asked(served, "check_paths " + folder.path()));
    // A folder of that name is meant rather than an id.
    REQUIRE(::mkdir((folder.path() + "/3fa1").c_str(), 0700) == 0);
    ctl(served, {"plan", "3fa1"}, setup);
    CHECK(was_asked(served, "plan " + folder.path() + "/3fa1"));
}

TEST_CASE("a name with a slip of the finger never means the environment of the working directory")
{
    ServedBus served;
    const TempFolder folder;
    ChildSetup setup;
    setup.folder = folder.path();
    served.port.the_environments.front().path = folder.path();
    for (const auto& words : std::vector<std::vector<std::string>>{{"fix", "shpo", "--yes", "--wait"}, {"show", "zzz"}, {"plan", "./typo"},
                                                                   {"policy", "why", "nope"}, {"hold", "nope"}, {"release", "nope"},
                                                                   {"status", "nope/.venv"}, {"history", "nope"}, {"check", "nope"}}) {
        served.port.asked.clear();
        const auto got = ctl(served, words, setup);
        CHECK(got.exit_code == 4);
        CHECK(got.out.empty());
        is_one_line(got.err);
        CHECK_THAT(got.err, ContainsSubstring("no such environment: '"));
        CHECK(served.port.asked.size() == 1);
        CHECK(first_asked(served).starts_with("environment /"));
    }
    // What has vanished is still known by its own path, and a link that leads nowhere is there.
    CHECK(ctl(served, {"hold", folder.path() + "/../" + folder.path().substr(folder.path().rfind('/') + 1)}, setup).exit_code == 0);
    served.port.the_environments.front().path = folder.path() + "/.venv";
    ctl(served, {"hold", ".venv"}, setup);
    CHECK(served.port.asked.back().starts_with("hold " + samples::broken().id));
    REQUIRE(::symlink("nowhere", (folder.path() + "/python").c_str()) == 0);
    ctl(served, {"plan", "python"}, setup);
    CHECK(was_asked(served, "plan " + folder.path() + "/python"));
}

TEST_CASE("each error ends with its exit code, and says in one line what, where, and what next")
{
    ServedBus served;
    const std::vector<std::pair<ErrorCode, int>> codes{
        {ErrorCode::not_found, 4},   {ErrorCode::denied, 3},         {ErrorCode::malformed, 2},
        {ErrorCode::timed_out, 9},   {ErrorCode::busy, 1},           {ErrorCode::io, 1},
        {ErrorCode::not_approved, 7}, {ErrorCode::held, 13},         {ErrorCode::quarantined, 13},
        {ErrorCode::plan_changed, 1}, {ErrorCode::policy_invalid, 1}, {ErrorCode::not_supported, 1}};
    for (const auto& [error, exit_code] : codes) {
        served.port.refusal = Error{.code = error, .message = "line one\nline \x1b[31mtwo"};
        for (const auto& words : {std::vector<std::string>{"status"}, {"fix", "3fa1", "--yes"}, {"add", "/srv"}, {"--json", "show", "3fa1"}}) {
            const auto got = ctl(served, words);
            CHECK(got.exit_code == exit_code);
            is_one_line(got.err);
            CHECK_THAT(got.err, ContainsSubstring("line one\\x0aline \\x1b[31mtwo"));
            if (words.front() != "--json") {
                CHECK(got.out.empty());
            } else {
                CHECK_THAT(got.out, ContainsSubstring("{\"schema\":1,\"error\":{\"code\":") &&
                                        ContainsSubstring("\"exit\":" + std::to_string(exit_code) + "}}\n"));
            }
        }
    }
}

TEST_CASE("a command line that is wrong is one line and exit code 2")
{
    ServedBus served;
    for (const auto& words : std::vector<std::vector<std::string>>{
             {}, {"nonsense"}, {"status", "--nonsense"}, {"explain", "a", "b"}, {"approve"}, {"policy"}, {"policy", "nonsense"},
             {"hold", "--for", "soon"}, {"status", "a", "b"}, {"-H", "-oProxyCommand=x", "status"}, {"completion", "tcsh"}}) {
        const auto got = ctl(served, words);
        CHECK(got.exit_code == 2);
        CHECK(got.out.empty());
        is_one_line(got.err);
    }
    CHECK(served.port.asked.empty());
    CHECK(ctl(served, {"--json", "nonsense"}).out.starts_with("{\"schema\":1,\"error\":{\"code\":\"usage\""));
    const auto both = run_child(served.io, {ENVFIXCTL, "--user", "--system", "status"});
    CHECK(both.exit_code == 2);
}

TEST_CASE("where no daemon answers, the exit code is 8 and the line says how to start one")
{
    asio::io_context io{1};
    {
        const PrivateBus bus;
        const auto got = run_child(io, command({"status"}));
        CHECK(got.exit_code == 8);
        is_one_line(got.err);
        CHECK_THAT(got.err, ContainsSubstring("systemctl --user start envfixd, or envfixd --user"));
        CHECK_THAT(run_child(io, command({"--json", "status"})).out, ContainsSubstring("\"code\":\"unreachable\"") && ContainsSubstring("\"exit\":8}}"));
        CHECK(run_child(io, command({"explain"})).exit_code == 0); // needs none
    }
    const auto got = run_child(io, command({"watch"})); // not even a bus
    CHECK(got.exit_code == 8);
    is_one_line(got.err);
}

TEST_CASE("a check tells of each environment whether anybody looks after it")
{
    ServedBus served;
    auto stranger = samples::broken();
    CHECK_THAT(ctl(served, {"check", "/srv"}).out, ContainsSubstring("next  envfixctl policy approve") && !ContainsSubstring("envfixctl add"));
    served.port.checked = {stranger};
    served.port.checked.front().id = "0123456789ab";
    CHECK_THAT(ctl(served, {"check", "/srv"}).out, ContainsSubstring("envfixctl add /home/ann/src/shop\n"));
}

TEST_CASE("explain without a code lists them all")
{
    ServedBus served;
    const auto got = ctl(served, {"explain"}, with_columns(100));
    CHECK(got.exit_code == 0);
    CHECK_THAT(got.out, ContainsSubstring("cffi-backend-missing ") && ContainsSubstring("envfixctl explain CODE"));
    CHECK_THAT(ctl(served, {"--json", "explain"}).out, ContainsSubstring("{\"schema\":1,\"explanations\":[{\"code\":"));
    CHECK(served.port.asked.empty());
}

TEST_CASE("watch tells events as they happen, and ends with 8 when the daemon goes")
{
    for (const bool json : {false, true}) {
        ServedBus served;
        asio::steady_timer later(served.io);
        // The first thing that watch asks once it listens is the version.
        std::function<void()> tick = [&] {
            later.expires_after(std::chrono::milliseconds(5));
            later.async_wait([&](const std::error_code& error) {
                if (error) return;
                if (served.port.asked.empty()) return tick();
                auto report = samples::broken();
                report.state = model::EnvironmentState::fixing;
                served.service().environment_changed(report);
                served.service().environment_gone("77aa00000001");
                served.leave();
            });
        };
        tick();
        const auto got = ctl(served, json ? std::vector<std::string>{"--json", "watch"} : std::vector<std::string>{"watch"});
        CHECK(got.exit_code == 8);
        is_one_line(got.err);
        CHECK(std::ranges::count(got.out, '\n') == (json ? 3 : 2)); // a document of its own says why it ended
        CHECK_THAT(got.out, ContainsSubstring("fixing"));
        CHECK(got.out.starts_with(json ? "{\"schema\":1,\"event\":\"environment\"" : "environment /home/ann"));
    }
}

TEST_CASE("more environments than fit one reply are fetched page by page, each once")
{
    ServedBus served;
    served.port.the_environments.clear();
    served.port.the_plans.clear();
    for (int i = 0; i < 600; ++i) {
        served.port.the_environments.push_back(samples::healthy("e" + std::to_string(i), "/p/" + std::to_string(i)));
    }
    const auto listed = ctl(served, {"list"});
    CHECK(std::ranges::count(listed.out, '\n') == 601);
    const auto status = ctl(served, {"--json", "status"});
    CHECK(status.exit_code == 0);
    CHECK(status.out == report::status_json({.daemon = samples::daemon(),
                                             .environments = served.port.the_environments,
                                             .total = 600,
                                             .plans = {},
                                             .offers = samples::status().offers}));
}

TEST_CASE("the option -H asks over ssh, with each word quoted again, and never lets a host become an option")
{
    ServedBus served;
    const TempFolder folder;
    const auto fake = folder.path() + "/ssh";
    std::ofstream(fake) << "#!/bin/sh\nfor word in \"$@\"; do printf '<%s>' \"$word\"; done; exit 11\n";
    REQUIRE(::chmod(fake.c_str(), 0700) == 0);
    ChildSetup setup;
    setup.variables["PATH"] = folder.path() + ":/usr/bin:/bin";
    const auto got = ctl(served, {"-H", "build1", "--json", "check", "/srv/a b", "$(reboot)", "--probe"}, setup);
    CHECK(got.out == "<--><build1><envfixctl><--user><--json><check><--probe><--><'/srv/a b'><'$(reboot)'>");
    CHECK(got.exit_code == 11);
    std::ofstream(fake) << "#!/bin/sh\nexit 255\n";
    CHECK(ctl(served, {"--host=build1", "status"}, setup).exit_code == 8);
    CHECK(served.port.asked.empty());
}

TEST_CASE("a name that D-Bus cannot carry is refused with what to do instead")
{
    ServedBus served;
    for (const auto* verb : {"show", "plan", "check", "add", "status", "history"}) {
        const auto got = ctl(served, {verb, "/srv/\xff"});
        CHECK(got.exit_code == 2);
        is_one_line(got.err);
        CHECK_THAT(got.err, ContainsSubstring("/srv/\\xff is not UTF-8") && ContainsSubstring("envfixctl list"));
    }
    CHECK(served.port.asked.empty());
    CHECK(ctl(served, {"diagnose", "/nowhere/\xff"}).exit_code == 4);
}
