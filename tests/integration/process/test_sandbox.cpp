#include "process/sandbox.hpp"
#include "support/catch.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

// That it holds in the unit is shown by tests/systemd; here there is none, and that has to be seen.

using namespace envfix;

namespace {

bool lets_through(std::string_view setting)
{
    const auto through = process::what_the_sandbox_lets_through();
    return std::ranges::any_of(through, [&](const auto& what) { return what.find(setting) != std::string::npos; });
}

} // namespace

TEST_CASE("outside of any sandbox everything that is tried is told")
{
    for (const auto* setting : {"LimitAS=", "MemoryDenyWriteExecute=", "LimitNPROC=", "NoExecPaths=", "RestrictAddressFamilies="}) {
        INFO(setting);
        CHECK(lets_through(setting));
    }
}

TEST_CASE("what has been taken from the process is not told")
{
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) ::_exit(2);
        ::_exit(lets_through("NoNewPrivileges=") ? 1 : 0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("no process that was tried out is left behind")
{
    process::what_the_sandbox_lets_through();
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}
