#include "report/json.hpp"

#include "support/catch.hpp"
#include "support/samples.hpp"
using namespace envfix;

TEST_CASE("an environment is told with the keys of DESIGN.md 8, in their order")
{
    auto report = samples::healthy();
    report.fingerprint = "ff";
    report.chain = {{"cffi", "1.16.0", "/s", "ok", {"/t"}}};
    report.findings = {{"corrupt-binary", model::Severity::error, "cffi", "it is short", {{"/p", "cffi 1.16.0", "9", "4"}}, {"do"}}};
    report.probe = model::ProbeResult{true, false, "cffi", "bad"};
    CHECK(report::environments_json({&report, 1}) ==
          R"({"schema":1,"environments":[{"id":"77aa00000001","path":"/home/ann/src/blog/.venv","kind":"venv",)"
          R"("state":"healthy","fingerprint":"ff","interpreter":{"path":"/home/ann/src/blog/.venv/bin/python",)"
          R"("version":"3.11.2","implementation":"cpython","soabi":""},)"
          R"("chain":[{"distribution":"cffi","version":"1.16.0","location":"/s","state":"ok","shadows":["/t"]}],)"
          R"("findings":[{"code":"corrupt-binary","severity":"error","distribution":"cffi","summary":"it is short",)"
          R"("evidence":[{"path":"/p","owner":"cffi 1.16.0","expected":"9","actual":"4"}],"remedies":["do"]}],)"
          R"("probe":{"ran":true,"ok":false,"import":"cffi","error":"bad"},"reason":"","hold":""}]})"
          "\n");
}

TEST_CASE("without an environment the document is there and its list empty")
{
    CHECK(report::environments_json({}) == "{\"schema\":1,\"environments\":[]}\n");
    CHECK(report::plans_json({}) == "{\"schema\":1,\"plans\":[]}\n");
    CHECK(report::causes_json({}) == "{\"schema\":1,\"causes\":[]}\n");
}

TEST_CASE("status begins with the daemon, and holds environments and plans")
{
    const auto text = report::status_json(samples::status());
    CHECK(text.starts_with(R"({"schema":1,"daemon":{"version":"0.1.0","instance":"user","state":"ready","uptime_s":11040,)"
                           R"("watches":42,"degraded":[]},"environments":[{"id":"3fa1b2c3d4e5",)"));
    CHECK_THAT(text, ContainsSubstring(R"(],"plans":[],"offers":[{"environment":"3fa1b2c3d4e5","policy":"reinstall-cffi")"));
}

TEST_CASE("a cause is told with the keys of DESIGN.md 8")
{
    const auto cause = samples::cause();
    CHECK(report::causes_json({&cause, 1}) ==
          R"({"schema":1,"causes":[{"code":"cffi-backend-missing","confidence":"certain","line":7,)"
          R"("text":"ModuleNotFoundError: No module named '_cffi_backend'",)"
          R"("explanation":"cffi's compiled half is not there.","remedies":["reinstall cffi"]}]})"
          "\n");
}

TEST_CASE("whatever the bytes, a document is ASCII, on one line, and never throws")
{
    auto report = samples::broken();
    for (const auto* hostile : {"\x1b]0;pwned\x07", "a\nb", "\xff\xfe", "\xc3", "\xe2\x80\xae" "exe.fdp", "\xc2\x9b" "31m", "\xed\xa0\x80",
                                "\xf0\x9f\x90\x8d", "\xc3\xbc", "\"\\"}) {
        report.path = hostile;
        report.findings[0].summary = hostile;
        report.probe->error = hostile;
        const auto text = report::environments_json({&report, 1});
        CHECK(text.find('\n') == text.size() - 1);
        for (const char c : text.substr(0, text.size() - 1)) CHECK((c >= 0x20 && c < 0x7f));
    }
    report.path = "\xc3\xbc";
    CHECK_THAT(report::environments_json({&report, 1}), ContainsSubstring("\"path\":\"\\u00fc\""));
    report.path = "\xff";
    CHECK_THAT(report::environments_json({&report, 1}), ContainsSubstring("\"path\":\"\\\\xff\""));
}

TEST_CASE("no password of an index reaches a document")
{
    auto plan = samples::plan();
    plan.ladder[1].steps[0].changes[0].source = "https://ann:geheim@pypi.example/cffi.whl";
    const auto text = report::plans_json({&plan, 1});
    CHECK_THAT(text, ContainsSubstring("https://ann:***@pypi.example/cffi.whl"));
    CHECK(text.find("geheim") == std::string::npos);
}

TEST_CASE("a command that failed says so in a document, too")
{
    CHECK(report::error_json({.code = std::string{report::word_of(ErrorCode::not_found)}, .message = "no environment", .next = "look", .exit = 4}) ==
          "{\"schema\":1,\"error\":{\"code\":\"not-found\",\"message\":\"no environment\",\"next\":\"look\",\"exit\":4}}\n");
}

TEST_CASE("an advice stands in the plan and in the offer, and nowhere else")
{
    auto plan = samples::plan();
    CHECK_THAT(report::plans_json({&plan, 1}), ContainsSubstring("\"advice\":\"\""));
    plan.state = model::PlanState::advice;
    plan.ladder[1].steps = {{.kind = model::StepKind::advise, .changes = {}, .paths = {}, .location = {}, .text = "Rename it"}};
    CHECK_THAT(report::plans_json({&plan, 1}), ContainsSubstring("\"advice\":\"Rename it\"") && ContainsSubstring("\"state\":\"advice\""));
    for (auto& rung : plan.ladder) rung.unavailable = "no index";
    CHECK_THAT(report::plans_json({&plan, 1}), ContainsSubstring("\"advice\":\"envfixctl plan "));
    auto status = samples::status();
    status.offers[0].advice = "Rename it";
    CHECK_THAT(report::status_json(status), ContainsSubstring("\"findings\":[],\"advice\":\"Rename it\""));
}
