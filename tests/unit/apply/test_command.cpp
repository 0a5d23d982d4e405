#include "apply/command.hpp"
#include "support/catch.hpp"

#include <algorithm>
using namespace envfix;

TEST_CASE("apt-get is started with one command line, of which only the names at its end vary")
{
    const auto words = apply::apt_command({.transaction = "0123456789ab", .packages = {"python3-cffi", "python3-jwt"}});
    CHECK(words.front() == "/usr/bin/apt-get");
    const auto end = std::ranges::find(words, "--");
    REQUIRE(end != words.end());
    CHECK(*std::prev(end) == "install");
    CHECK(std::vector(std::next(end), words.end()) == std::vector<std::string>{"python3-cffi", "python3-jwt"});
    for (const std::string word : {"--reinstall", "--no-remove", "--option=APT::Get::AllowUnauthenticated=false",
                                   "--option=APT::Get::allow-downgrades=false", "--option=APT::Get::allow-change-held-packages=false",
                                   "--option=Acquire::AllowInsecureRepositories=false", "--option=DPkg::Lock::Timeout=120"}) {
        INFO(word);
        CHECK(std::find(words.begin(), end, word) != end);
    }
}

TEST_CASE("packages' scripts ask nobody, and restart nothing")
{
    const auto variables = apply::apt_environment();
    CHECK(std::ranges::find(variables, "DEBIAN_FRONTEND=noninteractive") != variables.end());
    CHECK(std::ranges::find(variables, "NEEDRESTART_SUSPEND=1") != variables.end());
}
