#include "called.hpp"

#include <asio/steady_timer.hpp>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>

using namespace envfix;

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
