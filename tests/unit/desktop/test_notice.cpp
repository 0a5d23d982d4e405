#include "desktop/notice.hpp"
#include "support/catch.hpp"

using namespace envfix;
using engine::Problem;
using desktop::Notice;
using desktop::notice_of;

namespace {

Problem problem(const std::string& path)
{
    return {.environment = "3fa1", .path = path, .summary = "no _cffi_backend", .codes = {"cffi-backend-missing"}};
}

} // namespace

TEST_CASE("a message names the environment, what is wrong there and what to type")
{
    auto broken = problem("/home/me/src/shop/.venv");
    CHECK(notice_of({.key = "3fa1", .problems = {broken}}, "/home/me") ==
          Notice{.title = "~/src/shop/.venv is broken",
                 .body = "no _cffi_backend\nWhat to do: envfixctl status /home/me/src/shop/.venv"});

    broken.plan = "0123";
    broken.plan_digest = "0123456789";
    CHECK(notice_of({.key = "3fa1", .problems = {broken}}, "/home/me") ==
          Notice{.title = "~/src/shop/.venv: a repair waits",
                 .body = "no _cffi_backend\nWhat to do: envfixctl plan /home/me/src/shop/.venv",
                 .action = "Repair",
                 .plan = "0123456789"});

    broken.advice = "install libffi8";
    CHECK(notice_of({.key = "3fa1", .problems = {broken}}, "") ==
          Notice{.title = "/home/me/src/shop/.venv is broken",
                 .body = "no _cffi_backend\ninstall libffi8\nWhat to do: envfixctl status /home/me/src/shop/.venv"});
}

TEST_CASE("one message for many names some of them and counts the rest")
{
    engine::Tell tell;
    for (int i = 0; i < 7; ++i) tell.problems.push_back(problem("/srv/" + std::to_string(i)));
    tell.problems[2].plan = tell.problems[3].plan = "p";
    tell.problems[3].advice = "by hand";
    CHECK(notice_of(tell, "/home/me") ==
          Notice{.title = "7 Python environments need attention",
                 .body = "/srv/0\n/srv/1\n/srv/2\n/srv/3\n/srv/4\nand 2 more\n1 repair waits for your approval\n"
                         "What to do: envfixctl status"});
}

TEST_CASE("nothing in a name leaves its line, and no password is shown")
{
    auto hostile = problem("/tmp/a\nenvfixctl: all is well\x1b[2J\u202e");
    hostile.summary = "index https://me:secret@host/simple " + std::string(5000, 'x');
    const auto notice = notice_of({.key = "3fa1", .problems = {hostile}}, "");
    CHECK(notice.title == "/tmp/a\\x0aenvfixctl: all is well\\x1b[2J\\u202e is broken");
    CHECK(std::count(notice.body.begin(), notice.body.end(), '\n') == 1);
    CHECK(notice.body.find("secret") == std::string::npos);
    CHECK(notice.body.size() < 1000);
    CHECK(notice.body.find('\x1b') == std::string::npos);
}
