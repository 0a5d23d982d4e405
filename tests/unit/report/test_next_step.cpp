#include "report/next_step.hpp"

#include "support/catch.hpp"
#include "support/samples.hpp"
using namespace envfix;
using report::next_step;
using report::NextStep;

namespace {
constexpr std::size_t k_room = 72;
constexpr std::string_view k_path = "/home/ann/src/shop/.venv";
} // namespace

TEST_CASE("a healthy environment asks for nothing")
{
    CHECK(next_step(samples::healthy(), {}, {}, k_room) == NextStep{});
}

TEST_CASE("the plan that waits is approved first, then the policy that would act, else it may fix")
{
    const auto report = samples::broken();
    const auto status = samples::status();
    auto plan = samples::plan();
    auto approved = status.offers;
    approved[0].policy = plan.policy;
    const auto refused = next_step(report, {&plan, 1}, approved, k_room); // a plan of a policy that nobody approved is
    CHECK(refused.text == "envfixctl policy approve " + plan.policy);
    CHECK(refused.note == "then: envfixctl approve 9f8e7d6c5b4a");
    approved[0].approved = true;
    CHECK(next_step(report, {&plan, 1}, approved, k_room).text == "envfixctl approve 9f8e7d6c5b4a");
    CHECK(next_step(report, {&plan, 1}, approved, k_room).note ==
          "see it first: envfixctl plan " + std::string{k_path});
    plan.state = model::PlanState::stale;
    CHECK(next_step(report, {&plan, 1}, status.offers, k_room).text == "envfixctl policy approve reinstall-cffi");
    auto offers = status.offers;
    offers[0].approved = true;
    CHECK(next_step(report, {}, offers, k_room).text == "envfixctl fix " + std::string{k_path});
    offers[0].environment_id = "other";
    const auto remedy = next_step(report, {}, offers, k_room);
    CHECK(remedy.kind == NextStep::Kind::sentence);
    CHECK(remedy.text == report.findings[0].remedies[0]);
}

TEST_CASE("a path that is long, no plain word, or not fit to be shown is replaced by the id")
{
    auto report = samples::broken();
    CHECK(report::environment_word(report, 24) == k_path);
    CHECK(report::environment_word(report, 23) == "3fa1b2c3d4e5");
    report.path = "/a b";
    CHECK(report::environment_word(report, 40) == "'/a b'");
    report.path = "/a\x1b[31m";
    CHECK(report::environment_word(report, 40) == "3fa1b2c3d4e5");
    report.path = "/usr";
    report.kind = model::EnvironmentKind::system;
    CHECK(report::environment_word(report, 40) == "3fa1b2c3d4e5");
}

TEST_CASE("what envfix gave up on can be released, what could not be looked at can be checked again")
{
    auto report = samples::broken();
    report.state = model::EnvironmentState::quarantined;
    CHECK(next_step(report, {}, {}, k_room).text == "envfixctl release " + std::string{k_path});
    report.state = model::EnvironmentState::unverifiable;
    report.state_reason = "Permission denied";
    CHECK(next_step(report, {}, {}, k_room).text == "envfixctl check " + std::string{k_path});
    report.state = model::EnvironmentState::fixing;
    CHECK(next_step(report, {}, {}, k_room).text == "envfixctl watch");
}

TEST_CASE("an advice is the next step without any approval, and one for a lesser fault does not hide a worse one")
{
    auto report = samples::broken();
    auto plan = samples::plan();
    plan.state = model::PlanState::advice;
    plan.ladder = {{.steps = {{.kind = model::StepKind::advise, .changes = {}, .paths = {}, .location = {}, .text = samples::advice()}},
                    .unavailable = {}}};
    const auto offers = samples::status().offers;
    const auto step = next_step(report, {&plan, 1}, offers, k_room);
    CHECK(step.kind == NextStep::Kind::advice);
    CHECK(step.text == samples::advice());
    CHECK(step.code == "cffi-backend-abi-mismatch");
    plan.findings = {"package-not-installed"};
    CHECK(next_step(report, {&plan, 1}, offers, k_room).text == "envfixctl policy approve reinstall-cffi");
}

TEST_CASE("a plan of which nothing can be done is to be made again, and says of each rung why it is out")
{
    const auto report = samples::broken();
    auto plan = samples::plan();
    plan.state = model::PlanState::advice;
    plan.environment_path = k_path;
    const auto rung = [](model::StepKind kind, std::string unavailable) {
        return model::Rung{.steps = {{.kind = kind,
                                      .changes = {{.distribution = "cffi", .from = {}, .to = {}, .source = {}, .sha256 = {}}},
                                      .paths = {},
                                      .location = {},
                                      .text = {}}},
                           .unavailable = std::move(unavailable)};
    };
    plan.ladder = {rung(model::StepKind::restore, "nothing kept"), rung(model::StepKind::pip_reinstall, "no index")};
    CHECK(report::is_left_out(plan));
    CHECK(report::left_out_line(plan) == "restore cffi (nothing kept); pip-reinstall cffi (no index)");
    const auto step = next_step(report, {&plan, 1}, samples::status().offers, k_room);
    CHECK(step.kind == NextStep::Kind::command);
    CHECK(step.text == "envfixctl plan " + std::string{k_path});
    plan.environment_path = "/a\x1b[31m";
    CHECK(next_step(plan, {}).text == "envfixctl plan " + plan.environment_id);
    plan.ladder.push_back(rung(model::StepKind::advise, ""));
    CHECK_FALSE(report::is_left_out(plan));
    plan.ladder.clear();
    CHECK_FALSE(report::is_left_out(plan));
}

TEST_CASE("a policy for a warning is no next step where an error has none")
{
    auto report = samples::broken();
    report.findings[1].severity = model::Severity::warning;
    auto offers = samples::status().offers;
    offers[0].findings = {"package-not-installed"};
    const auto step = next_step(report, {}, offers, k_room);
    CHECK(step.kind == NextStep::Kind::sentence);
    CHECK(step.code == "cffi-backend-abi-mismatch");
}
