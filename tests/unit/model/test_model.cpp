#include "model/chain.hpp"
#include "model/environment.hpp"
#include "model/plan.hpp"
#include "model/snapshot.hpp"
#include "support/catch.hpp"

using namespace envfix;

TEST_CASE("an environment's id depends on its kind and its path alone")
{
    const auto id = model::environment_id(model::EnvironmentKind::venv, "/p/.venv");
    CHECK(id.size() == 12);
    CHECK(id == model::environment_id(model::EnvironmentKind::venv, "/p/.venv"));
    CHECK(id != model::environment_id(model::EnvironmentKind::conda, "/p/.venv"));
    CHECK(id != model::environment_id(model::EnvironmentKind::venv, "/p/.venv2"));
}

TEST_CASE("every state and kind is spelled in one way, in both directions")
{
    for (int i = 0; i < 7; ++i) {
        const auto state = static_cast<model::EnvironmentState>(i);
        CHECK(model::environment_state(model::to_string(state)) == state);
        const auto kind = static_cast<model::EnvironmentKind>(i);
        CHECK(model::environment_kind(model::to_string(kind)) == kind);
    }
    CHECK_FALSE(model::environment_state("well").has_value());
}

TEST_CASE("a plan's digest covers what is done and not how far it has come")
{
    model::Plan plan{.environment_id = "e", .fingerprint = "f", .policy = "p", .findings = {"x"},
                     .ladder = {{.steps = {{.kind = model::StepKind::restore, .changes = {{.distribution = "cffi", .to = "1"}}}}}}};
    const auto digest = model::plan_digest(plan);
    auto other = plan;
    other.state = model::PlanState::done;
    other.state_reason = "done";
    CHECK(model::plan_digest(other) == digest);
    other.ladder[0].steps[0].changes[0].to = "2";
    CHECK(model::plan_digest(other) != digest);
    other = plan;
    other.ladder[0].steps[0].isolated = true;
    CHECK(model::plan_digest(other) != digest);
    other = plan;
    other.findings = {"x", ""};
    CHECK(model::plan_digest(other) != digest);
    other = plan;
    other.allow_externally_managed = true;
    CHECK(model::plan_digest(other) != digest);
}

TEST_CASE("a fingerprint changes with anything that was read")
{
    model::Snapshot snapshot{.environment = {.path = "/v"}};
    const auto before = model::fingerprint(snapshot);
    auto other = snapshot;
    other.distributions.push_back({.name = "cffi", .version = "1"});
    CHECK(model::fingerprint(other) != before);
    other = snapshot;
    other.incomplete = {"/v/x.dist-info"};
    CHECK(model::fingerprint(other) != before);
    other = snapshot;
    other.requirements = {"cffi"};
    CHECK(model::fingerprint(other) != before);
    // The same letters, split differently between two fields.
    model::Snapshot a{.environment = {.id = "ab", .path = "c"}};
    model::Snapshot b{.environment = {.id = "a", .path = "bc"}};
    CHECK(model::fingerprint(a) != model::fingerprint(b));
}

TEST_CASE("several chains are one, and the first wording of a distribution stands")
{
    const model::Chain one{.name = "one", .links = {{.distribution = "cffi", .imports = {"cffi"}}}};
    const model::Chain two{.name = "two", .links = {{.distribution = "cffi", .imports = {"other"}}, {.distribution = "numpy"}}};
    const auto all = model::merged({one, two});
    CHECK(all.name == "one+two");
    REQUIRE(all.links.size() == 2);
    CHECK(all.links[0].imports == std::vector<std::string>{"cffi"});
    CHECK(all.links[0].chain == "one");
    CHECK(all.links[1].chain == "two");
}
