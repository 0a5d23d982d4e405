#include "wire/conversions.hpp"

#include "support/catch.hpp"
#include "support/samples.hpp"
using namespace envfix;

namespace {

template <typename T> void comes_back_the_same(const T& value)
{
    const auto back = wire::from_wire(wire::to_wire(value));
    REQUIRE(back.has_value());
    CHECK(*back == value);
}

} // namespace

TEST_CASE("each value goes over the bus and comes back the same")
{
    comes_back_the_same(samples::broken());
    comes_back_the_same(samples::healthy());
    comes_back_the_same(samples::daemon());
    comes_back_the_same(samples::plan());
    comes_back_the_same(samples::run());
    comes_back_the_same(samples::policy());
    comes_back_the_same(samples::problem());
    comes_back_the_same(samples::verdict());
    comes_back_the_same(samples::explanation());
    comes_back_the_same(samples::cause());
    comes_back_the_same(samples::doctor());
    comes_back_the_same(samples::status());
    auto status = samples::status();
    status.environments[0].hold = "until it is released: release day";
    status.offers[0].findings = {"cffi-backend-missing", "corrupt-binary"};
    status.offers[0].advice = samples::advice();
    comes_back_the_same(status);
    comes_back_the_same(model::PolicyList{.policies = {samples::policy()}, .problems = {samples::problem()}});
}

TEST_CASE("empty values come back empty")
{
    comes_back_the_same(model::EnvironmentReport{});
    comes_back_the_same(model::Plan{});
    comes_back_the_same(model::Run{});
    comes_back_the_same(model::PolicyReport{});
    comes_back_the_same(model::Status{});
    comes_back_the_same(model::Doctor{});
}

TEST_CASE("each state, kind and mode has a word on the wire")
{
    for (int i = 0; i <= static_cast<int>(model::EnvironmentState::unverifiable); ++i) {
        auto report = samples::broken();
        report.state = static_cast<model::EnvironmentState>(i);
        comes_back_the_same(report);
    }
    for (int i = 0; i <= static_cast<int>(model::EnvironmentKind::project); ++i) {
        auto report = samples::broken();
        report.kind = static_cast<model::EnvironmentKind>(i);
        comes_back_the_same(report);
    }
    for (int i = 0; i <= static_cast<int>(model::PlanState::stale); ++i) {
        auto plan = samples::plan();
        plan.state = static_cast<model::PlanState>(i);
        comes_back_the_same(plan);
    }
    for (int i = 0; i <= static_cast<int>(model::StepKind::system_packages); ++i) {
        auto plan = samples::plan();
        plan.ladder[1].steps[0].kind = static_cast<model::StepKind>(i);
        comes_back_the_same(plan);
    }
    for (int i = 0; i <= static_cast<int>(model::RunState::undone); ++i) {
        auto run = samples::run();
        run.state = static_cast<model::RunState>(i);
        comes_back_the_same(run);
    }
    for (int i = 0; i <= static_cast<int>(model::PolicyMode::automatic); ++i) {
        auto policy = samples::policy();
        policy.policy.mode = static_cast<model::PolicyMode>(i);
        comes_back_the_same(policy);
    }
}

TEST_CASE("which steps see no packages but their own comes back")
{
    auto plan = samples::plan();
    plan.ladder[1].steps[0].isolated = true;
    comes_back_the_same(plan);
    auto policy = samples::policy();
    policy.policy.ladder.push_back({{.kind = model::StepKind::venv_recreate, .pythons = {"same"}, .isolated = true}});
    comes_back_the_same(policy);

    auto wire = wire::to_wire(plan);
    const wire::Array<wire::Position> nowhere{{1, 7}};
    std::get<15>(wire)["isolated"] = sdbus::Variant{nowhere};
    CHECK_FALSE(wire::from_wire(wire).has_value());
    std::get<15>(wire)["isolated"] = sdbus::Variant{std::string("yes")};
    CHECK_FALSE(wire::from_wire(wire).has_value());
}

TEST_CASE("a word that is none of ours is an error, not a guess")
{
    auto wire = wire::to_wire(samples::broken());
    std::get<3>(wire) = "splendid";
    const auto back = wire::from_wire(wire);
    REQUIRE_FALSE(back.has_value());
    CHECK(back.error().code == ErrorCode::malformed);
    CHECK(back.error().message == "the daemon speaks of a state that is unknown here: splendid");
}

TEST_CASE("a name that is no UTF-8 and a password do not go out as they are")
{
    auto report = samples::broken();
    report.path = "/srv/\xff\xfe/.venv";
    report.findings[0].summary = std::string("a\0b", 3);
    report.findings[0].remedies = {"pip install --index-url https://ann:geheim@pypi.example/ cffi"};
    const auto back = wire::from_wire(wire::to_wire(report));
    REQUIRE(back.has_value());
    CHECK(back->path == "/srv/\\xff\\xfe/.venv");
    CHECK(back->findings[0].summary == "a\\x00b");
    CHECK(back->findings[0].remedies[0] == "pip install --index-url https://ann:***@pypi.example/ cffi");
}
