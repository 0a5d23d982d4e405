// What a user's plan says of packages that the machine's daemon may install.
#include "service/machine_packages.hpp"

#include "model/plan_steps.hpp"
#include "service/planning.hpp"
#include "support/catch.hpp"

#include <array>
using namespace envfix;

namespace {

using Versions = std::vector<model::PackageVersion>;
using Names = std::vector<std::string>;

model::Step apt(const Names& packages)
{
    model::Step step{.kind = model::StepKind::system_packages, .text = "sudo apt-get install --reinstall --"};
    for (const auto& package : packages) {
        step.changes.push_back({.distribution = package, .from = {}, .to = {}, .source = {}, .sha256 = {}});
        step.text += " " + package;
    }
    return step;
}

model::Rung rung_of(std::vector<model::Step> steps, std::string unavailable = {})
{
    return {.steps = std::move(steps), .unavailable = std::move(unavailable)};
}

const model::Step k_advice{.kind = model::StepKind::advise, .text = "do it"};
const model::Step k_pip{.kind = model::StepKind::pip_install, .changes = {{"cffi", "", "2", "", ""}}};

model::Plan plan_of(std::vector<model::Rung> ladder)
{
    model::Plan plan{.ladder = std::move(ladder)};
    if (service::only_advises(plan)) plan.state = model::PlanState::advice;
    return plan;
}

} // namespace

TEST_CASE("the machine's daemon is asked for rungs that are all apt's, and for no others")
{
    CHECK(service::packages_to_ask_for(rung_of({apt({"python3-jwt", "libffi8"}), apt({"libffi8"})})) == Names{"libffi8", "python3-jwt"});
    CHECK(service::packages_to_ask_for(rung_of({apt({"libffi8"})}, "left out")).empty());
    CHECK(service::packages_to_ask_for(rung_of({apt({"libffi8"}), k_pip})).empty());
    CHECK(service::packages_to_ask_for(rung_of({k_advice})).empty());
    CHECK(service::packages_to_ask_for(rung_of({apt({"-o x"})})).empty());
    auto other = apt({"libffi"});
    other.text = "sudo dnf install -- libffi";
    CHECK(service::packages_to_ask_for(rung_of({other})).empty());
}

TEST_CASE("versions that it tells are frozen in the plan, and its digest covers them")
{
    auto rung = rung_of({apt({"python3-jwt", "libffi8"})});
    const auto plan = plan_of({rung});
    CHECK(plan.state == model::PlanState::advice);
    service::note_versions(rung, Versions{{"libffi8", "3.4.4-1"}, {"python3-jwt", "2.6.0-1"}});
    const auto& step = rung.steps.front();
    CHECK(step.changes[0] == model::PackageChange{.distribution = "python3-jwt", .from = "2.6.0-1", .to = "2.6.0-1", .source = {}, .sha256 = {}});
    CHECK(step.text == "sudo apt-get install --reinstall -- python3-jwt=2.6.0-1 libffi8=3.4.4-1");
    CHECK(model::is_for_the_machine(rung));
    const auto asked = plan_of({rung});
    CHECK(asked.state == model::PlanState::waiting);
    CHECK_FALSE(service::hands_over_packages(asked));
    CHECK(model::plan_digest(asked) != model::plan_digest(plan));
    CHECK(model::advice_of(asked).empty());
}

TEST_CASE("where it does not do it, the person gets the command and reads why, and it may come back")
{
    struct Case {
        Result<Versions> answer;
        std::string says;
    };
    const std::vector<Case> cases{
        {fail(ErrorCode::not_found, "nobody is org.envfix1 on the system bus"), "`sudo systemctl enable --now envfixd` starts it"},
        {fail(ErrorCode::denied, "libffi8 is not among the packages"), "does not do it: libffi8 is not among the packages"},
        {fail(ErrorCode::timed_out, "it did not answer within 2000 ms"), "within 2000 ms"},
        {Versions{{"python3-jwt", "1"}}, "names no version of libffi8"},
        {Versions{{"libffi8", "1 || touch /owned"}}, "names no version of libffi8"},
        {Versions{{"libffi8", ""}}, "names no version of libffi8"},
    };
    for (const auto& each : cases) {
        auto rung = rung_of({apt({"libffi8"})});
        service::note_versions(rung, each.answer);
        const auto& text = rung.steps.front().text;
        INFO(text);
        CHECK(text.find(each.says) != std::string::npos);
        CHECK(text.ends_with(". By hand:\n  sudo apt-get install --reinstall -- libffi8"));
        CHECK(rung.steps.front().changes.front().to.empty());
        const auto plan = plan_of({rung});
        CHECK(plan.state == model::PlanState::advice);
        CHECK(model::advice_of(plan) == text);
        CHECK(service::may_come_back(plan));
    }
    CHECK_FALSE(service::may_come_back(plan_of({rung_of({k_advice})})));
    CHECK_FALSE(service::may_come_back(plan_of({rung_of({k_pip}), rung_of({apt({"libffi8"})})}))); // it waits
}
