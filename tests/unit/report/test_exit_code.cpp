#include "report/exit_code.hpp"

#include "support/catch.hpp"
#include "support/samples.hpp"

#include <vector>
using namespace envfix;
using report::Exit;

namespace {
model::EnvironmentReport in_state(model::EnvironmentState state)
{
    auto report = samples::healthy();
    report.state = state;
    return report;
}
} // namespace

TEST_CASE("where several exit codes apply, 11 wins, then 13, 7, 12")
{
    using model::EnvironmentState;
    const auto broken = in_state(EnvironmentState::broken);
    const auto quarantined = in_state(EnvironmentState::quarantined);
    const auto awaiting = in_state(EnvironmentState::awaiting_approval);
    const auto unverifiable = in_state(EnvironmentState::unverifiable);
    const auto healthy = in_state(EnvironmentState::healthy);
    using List = std::vector<model::EnvironmentReport>;
    CHECK(report::exit_code(List{}) == Exit::well);
    CHECK(report::exit_code(List{healthy}) == Exit::well);
    CHECK(report::exit_code(List{healthy, unverifiable, awaiting, quarantined, broken}) == Exit::something_wrong);
    CHECK(report::exit_code(List{unverifiable, awaiting, quarantined}) == Exit::held);
    CHECK(report::exit_code(List{unverifiable, awaiting}) == Exit::waiting);
    CHECK(report::exit_code(List{unverifiable, healthy}) == Exit::not_checked);
    CHECK(report::exit_code(List{in_state(EnvironmentState::degraded)}) == Exit::something_wrong);
    const std::vector<model::Plan> plans{samples::plan()};
    CHECK(report::exit_code(List{healthy}, plans) == Exit::waiting);
}

TEST_CASE("a project that nobody has set up counts where it is asked about alone")
{
    auto project = samples::healthy();
    project.kind = model::EnvironmentKind::project;
    project.state = model::EnvironmentState::degraded;
    project.findings = {{"package-not-installed", model::Severity::warning, "cffi", "no environment", {}, {}}};
    CHECK(report::exit_code({&project, 1}) == Exit::something_wrong);
    CHECK(report::exit_code(std::vector{project, samples::healthy()}) == Exit::well);
    CHECK(report::exit_code(std::vector{project, project}) == Exit::well);
    CHECK(report::exit_code(std::vector{project, samples::broken()}) == Exit::something_wrong);
}

TEST_CASE("a remark is nothing wrong, whatever is fixed just now is")
{
    auto report = samples::healthy();
    report.findings = {{"mixed-site-packages", model::Severity::info, "", "remark", {}, {}}};
    CHECK(report::exit_code({&report, 1}) == Exit::well);
    report.findings[0].severity = model::Severity::warning;
    CHECK(report::exit_code({&report, 1}) == Exit::something_wrong);
    auto fixing = samples::broken();
    fixing.state = model::EnvironmentState::fixing;
    CHECK(report::exit_code({&fixing, 1}) == Exit::something_wrong);
}

TEST_CASE("a run that was taken back by itself failed, one that a person took back did not")
{
    auto run = samples::run();
    CHECK(report::exit_code(run) == Exit::well);
    run.state = model::RunState::undone;
    CHECK(report::exit_code(run) == Exit::well);
    for (const auto state : {model::RunState::reverted, model::RunState::failed, model::RunState::conflict}) {
        run.state = state;
        CHECK(report::exit_code(run) == Exit::fix_failed);
    }
}
