#include "report/report.hpp"
#include "report/text.hpp"

#include "support/catch.hpp"
#include "support/child_output.hpp"
#include "support/served_bus.hpp"
#include "support/temp_folder.hpp"

#include <asio/steady_timer.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
using namespace envfix;

namespace {

const std::string k_path = "/home/ann/src/shop/.venv";

std::vector<std::string> command(std::vector<std::string> words)
{
    words.insert(words.begin(), {ENVFIXCTL, "--user"});
    return words;
}

/// envfixctl against the served bus.
ChildOutput ctl(ServedBus& served, std::vector<std::string> words, ChildSetup setup = {})
{
    setup.variables.try_emplace("LC_ALL", "C.UTF-8");
    setup.variables.try_emplace("NO_COLOR", "");
    setup.variables.try_emplace("COLUMNS", "");
    setup.variables.try_emplace("TERM", "xterm");
    return run_child(served.io, command(std::move(words)), setup);
}

ChildSetup on_terminal(int width)
{
    ChildSetup setup;
    setup.terminal_width = width;
    return setup;
}

ChildSetup with_columns(int columns)
{
    ChildSetup setup;
    setup.variables["COLUMNS"] = std::to_string(columns);
    return setup;
}

std::string first_asked(const ServedBus& served)
{
    return served.port.asked.empty() ? std::string{} : served.port.asked.front();
}

bool was_asked(const ServedBus& served, const std::string& what)
{
    return std::ranges::find(served.port.asked, what) != served.port.asked.end();
}

/// One line, which begins with the program's name.
void is_one_line(const std::string& error)
{
    CHECK(error.starts_with("envfixctl: "));
    CHECK(std::ranges::count(error, '\n') == 1);
    CHECK(error.ends_with('\n'));
}

} // namespace

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

TEST_CASE("help and version go to standard output")
{
    ServedBus served;
    const auto help = ctl(served, {"--help"});
    CHECK(help.exit_code == 0);
    CHECK_THAT(help.out, ContainsSubstring("policy"));
    CHECK_THAT(ctl(served, {"fix", "--help"}).out, ContainsSubstring("Usage: envfixctl [OPTION]... fix [--yes] [--wait] [ENV]\n"));
    CHECK_THAT(ctl(served, {"hold", "--help"}).out, ContainsSubstring("hold [--for TIME] [--reason TEXT] [ENV]\n"));
    CHECK_THAT(ctl(served, {"check", "--help"}).out, ContainsSubstring("check [--probe] [PATH]...\n") && ContainsSubstring("this folder"));
    CHECK_THAT(ctl(served, {"policy", "approve", "--help"}).out, ContainsSubstring("policy approve NAME\n"));
    CHECK_THAT(ctl(served, {"run", "--help"}).out, ContainsSubstring("run -- CMD [ARGUMENT]...\n"));
    CHECK(ctl(served, {"--version"}).out.starts_with("envfixctl 0."));
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

TEST_CASE("a fix that is not said yes to leaves the plan waiting")
{
    ServedBus served;
    const auto got = ctl(served, {"fix", "3fa1"});
    CHECK(got.exit_code == 7);
    CHECK_THAT(got.out, ContainsSubstring("cffi 1.15.1 → 1.16.0"));
    CHECK_THAT(got.out, ContainsSubstring("envfixctl approve 9f8e7d6c5b4a"));
    CHECK(served.port.asked.back() == "policy reinstall-cffi");
}

TEST_CASE("where nobody approved the policy, nobody is asked for what would be refused")
{
    ServedBus served;
    served.port.the_policies.policies.front().approval.reset();
    auto setup = on_terminal(80);
    const auto got = ctl(served, {"fix", "3fa1"}, setup);
    CHECK(got.exit_code == 7);
    CHECK_THAT(got.out, ContainsSubstring("envfixctl policy approve reinstall-cffi"));
    CHECK_THAT(got.out, !ContainsSubstring("[y/N]"));
    CHECK_THAT(ctl(served, {"plan", "3fa1"}).out, ContainsSubstring("next     envfixctl policy approve reinstall-cffi"));
}

TEST_CASE("what only a person can do is told, and neither asked for nor begun")
{
    ServedBus served;
    auto& plan = served.port.the_plans.front();
    plan.state = model::PlanState::advice;
    plan.ladder = {{.steps = {{.kind = model::StepKind::advise, .changes = {}, .paths = {}, .location = {}, .text = samples::advice()}},
                    .unavailable = {}}};
    served.port.the_environments.front().findings.resize(1);
    for (const auto& words : {std::vector<std::string>{"fix", "3fa1"}, {"plan", "3fa1"}, {"status", "3fa1"}, {"show", "3fa1"}, {"check", "3fa1"}}) {
        const auto got = ctl(served, words);
        INFO(words.front());
        CHECK_THAT(got.out, ContainsSubstring("git mv jwt.py tokens.py") && !ContainsSubstring("approve"));
        CHECK(got.err.empty());
        CHECK(got.exit_code == (words.front() == "fix" ? 1 : words.front() == "plan" ? 0 : 11));
    }
    served.port.plan_refusal = Error{.code = ErrorCode::not_supported, .message = "nothing is safe to do here"};
    const auto got = ctl(served, {"fix", "3fa1", "--yes"});
    CHECK(got.exit_code == 1);
    CHECK_THAT(got.out, ContainsSubstring("git mv jwt.py tokens.py"));
    CHECK(std::ranges::none_of(served.port.asked, [](const std::string& line) { return line.starts_with("approve"); }));
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

TEST_CASE("on a terminal a fix asks first")
{
    ServedBus served;
    auto setup = on_terminal(80);
    setup.prompt = "[y/N] ";
    setup.input = "n\n";
    CHECK(ctl(served, {"fix", "3fa1"}, setup).exit_code == 7);
    CHECK(served.port.asked.back() == "policy reinstall-cffi");
    setup.input = "y\n";
    const auto got = ctl(served, {"fix", "3fa1"}, setup);
    CHECK(got.exit_code == 0);
    CHECK_THAT(got.out, ContainsSubstring("envfixctl undo 0123456789ab"));
    CHECK(std::ranges::count(served.port.asked, "approve 9f8e7d6c5b4a 9f8e7d6c5b4a") == 1);
}

TEST_CASE("where nothing is wrong there is nothing to fix")
{
    ServedBus served;
    served.port.the_plans.clear();
    served.port.the_runs.clear();
    for (const auto& words : {std::vector<std::string>{"fix", "3fa1"}, {"fix", "3fa1", "--yes", "--wait"}, {"plan", "3fa1"}}) {
        const auto got = ctl(served, words);
        CHECK(got.exit_code == 0);
        CHECK_THAT(got.out, ContainsSubstring("nothing to do"));
    }
}

namespace {

/// Acts as soon as the client has asked for the run: what happens before, a slow client does not see as progress.
class OnceFollowed {
public:
    explicit OnceFollowed(ServedBus& served) : m_served(served), m_timer(served.io) {}

    void then(std::function<void()> act)
    {
        m_act = std::move(act);
        m_before = m_served.port.asked.size();
        look();
    }

private:
    void look()
    {
        m_timer.expires_after(std::chrono::milliseconds(2));
        m_timer.async_wait([this](const std::error_code& error) {
            if (error) return;
            const auto& asked = m_served.port.asked;
            if (std::any_of(asked.begin() + static_cast<std::ptrdiff_t>(m_before), asked.end(),
                            [](const std::string& line) { return line.starts_with("run "); }))
                return m_act();
            look();
        });
    }

    ServedBus& m_served;
    asio::steady_timer m_timer;
    std::function<void()> m_act;
    std::size_t m_before = 0;
};

} // namespace

TEST_CASE("fix --wait stays until the run has ended, and ends as the run did")
{
    ServedBus served;
    auto& run = served.port.the_runs.front();
    OnceFollowed once_followed(served);
    const auto ends_as = [&](model::RunState state) {
        run.state = model::RunState::running;
        served.service().run_changed(run);
        served.port.after_fix = [&, state] {
            once_followed.then([&, state] {
                served.service().run_progress(run.id, {1, "trial", "imports beside the environment"});
                run.state = state;
                served.service().run_changed(run);
            });
        };
    };
    for (const auto& [state, exit_code] : {std::pair{model::RunState::fixed, 0}, {model::RunState::reverted, 5},
                                           {model::RunState::failed, 5}, {model::RunState::conflict, 5}}) {
        ends_as(state);
        const auto got = ctl(served, {"fix", "3fa1", "--yes", "--wait"});
        CHECK(got.exit_code == exit_code);
        CHECK_THAT(got.out, ContainsSubstring(std::string{to_string(state)}));
        CHECK(got.out.find("trial") == std::string::npos);
    }
    ends_as(model::RunState::fixed);
    const auto shown = ctl(served, {"fix", "3fa1", "--yes"}, on_terminal(80));
    CHECK_THAT(shown.out, ContainsSubstring("trial"));
}

TEST_CASE("undo waits for its own end, and says when it failed")
{
    ServedBus served;
    auto& run = served.port.the_runs.front();
    OnceFollowed once_followed(served);
    const auto ends_as = [&](model::RunState state, const char* proof) {
        served.port.after_fix = [&, state, proof] {
            once_followed.then([&, state, proof] {
                run.state = state;
                run.proof = proof;
                served.service().run_changed(run);
            });
        };
    };
    ends_as(model::RunState::undone, "every byte is back");
    CHECK(ctl(served, {"undo", "0123456789ab"}).exit_code == 0);
    run.state = model::RunState::fixed;
    ends_as(model::RunState::fixed, "the backup is gone");
    CHECK(ctl(served, {"undo", "0123456789ab"}).exit_code == 5);
}

TEST_CASE("a person who interrupts is told that the daemon goes on")
{
    ServedBus served;
    served.port.the_runs.front().state = model::RunState::running;
    OnceFollowed once_followed(served);
    served.port.after_fix = [&] {
        once_followed.then([&] { served.service().run_progress("0123456789ab", {1, "stage", "building"}); });
    };
    auto setup = on_terminal(80);
    setup.interrupt_after = "building";
    const auto got = ctl(served, {"fix", "3fa1", "--yes"}, setup);
    CHECK(got.exit_code == 130);
    CHECK_THAT(got.out, ContainsSubstring("the daemon goes on with it"));
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

TEST_CASE("colour is only on a terminal, and not where it is unwanted")
{
    ServedBus served;
    CHECK(ctl(served, {"status"}).out.find('\x1b') == std::string::npos);
    CHECK(ctl(served, {"status"}, on_terminal(80)).out.find("\x1b[1;31m") != std::string::npos);
    CHECK(ctl(served, {"--no-color", "status"}, on_terminal(80)).out.find('\x1b') == std::string::npos);
    for (const auto& [name, value] : {std::pair{"NO_COLOR", "1"}, {"TERM", "dumb"}}) {
        auto setup = on_terminal(80);
        setup.variables[name] = value;
        CHECK(ctl(served, {"status"}, setup).out.find('\x1b') == std::string::npos);
    }
}

TEST_CASE("tables fit the terminal, and are not cut where there is none")
{
    ServedBus served;
    served.port.the_environments[1].path = "/home/ann/" + std::string(300, 'p');
    CHECK_THAT(ctl(served, {"list"}).out, ContainsSubstring(std::string(300, 'p')));
    for (const int width : {40, 80, 200}) {
        auto setup = on_terminal(width);
        setup.variables["NO_COLOR"] = "1";
        const auto got = ctl(served, {"list"}, setup);
        std::size_t longest = 0;
        for (std::size_t at = 0; at < got.out.size();) {
            const auto end = std::min(got.out.find('\r', at), got.out.size());
            longest = std::max(longest, report::display_width(std::string_view(got.out).substr(at, end - at)));
            at = end + 2;
        }
        CHECK(longest == static_cast<std::size_t>(width));
    }
    auto ascii = on_terminal(80);
    ascii.variables["LC_ALL"] = "C";
    for (const char c : ctl(served, {"status"}, ascii).out) CHECK(static_cast<unsigned char>(c) < 0x80);
}

TEST_CASE("no escape sequence of a hostile name reaches the terminal")
{
    ServedBus served;
    auto& report = served.port.the_environments[0];
    const std::string hostile = "\x1b]0;pwned\x07\x1b[31m\xc2\x9b" "31m\xe2\x80\xae\xff";
    report.path = report.findings[0].summary = report.findings[0].evidence[0].path = report.state_reason = hostile;
    served.port.the_plans[0].policy = hostile;
    served.port.the_runs[0].summary = hostile;
    served.port.the_policies.policies[0].policy.describe = hostile;
    auto setup = on_terminal(80);
    setup.variables["NO_COLOR"] = "1";
    for (const auto& words : {std::vector<std::string>{"status"}, {"list"}, {"show", "3fa1"}, {"check", "3fa1"}, {"plan", "3fa1"},
                              {"history"}, {"policy", "list"}, {"--json", "status"}, {"--json", "history"}}) {
        const auto got = ctl(served, words, setup);
        INFO(words.front());
        CHECK_FALSE(got.out.empty());
        CHECK(got.out.find('\x1b') == std::string::npos);
        CHECK(got.out.find('\x07') == std::string::npos);
        CHECK(got.out.find("\xe2\x80\xae") == std::string::npos);
        CHECK(got.out.find("\xc2\x9b") == std::string::npos);
        CHECK(got.out.find('\xff') == std::string::npos);
    }
}

TEST_CASE("quiet says nothing but errors")
{
    ServedBus served;
    const auto got = ctl(served, {"-q", "status"});
    CHECK(got.exit_code == 11);
    CHECK(got.out.empty());
    CHECK(got.err.empty());
    served.port.refusal = Error{.code = ErrorCode::io, .message = "no"};
    is_one_line(ctl(served, {"-q", "status"}).err);
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

TEST_CASE("completion is there for three shells")
{
    ServedBus served;
    for (const auto* shell : {"bash", "zsh", "fish"}) {
        const auto got = ctl(served, {"completion", shell});
        CHECK(got.exit_code == 0);
        CHECK_THAT(got.out, ContainsSubstring("diagnose"));
    }
}

TEST_CASE("no plan for what could not be checked is exit code 12, and no plan for anything else is 1")
{
    ServedBus served;
    served.port.the_plans.clear();
    served.port.plan_refusal = Error{.code = ErrorCode::not_supported, .message = "the folder cannot be read"};
    for (const auto& words : std::vector<std::vector<std::string>>{{"plan", k_path}, {"fix", k_path}, {"fix", k_path, "--yes"}}) {
        served.port.the_environments.front().state = model::EnvironmentState::unverifiable;
        const auto unchecked = ctl(served, words);
        CHECK(unchecked.exit_code == 12);
        is_one_line(unchecked.err);
        served.port.the_environments.front().state = model::EnvironmentState::broken;
        CHECK(ctl(served, words).exit_code == 1);
    }
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
