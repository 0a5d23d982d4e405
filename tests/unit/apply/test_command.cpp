#include "apply/command.hpp"
#include "support/catch.hpp"

#include <algorithm>
using namespace envfix;

TEST_CASE("apt-get is started with one command line, of which only the names at its end vary")
{
    const auto words = apply::apt_command({.transaction = "0123456789ab", .packages = {{"python3-cffi", "1.15.1-5"}, {"python3-jwt", "2.6.0-1"}}});
    CHECK(words.front() == "/usr/bin/apt-get");
    const auto end = std::ranges::find(words, "--");
    REQUIRE(end != words.end());
    CHECK(*std::prev(end) == "install");
    CHECK(std::vector(std::next(end), words.end()) == std::vector<std::string>{"python3-cffi=1.15.1-5", "python3-jwt=2.6.0-1"});
    for (const std::string word : {"--reinstall", "--no-remove", "--option=APT::Get::AllowUnauthenticated=false",
                                   "--option=APT::Get::allow-downgrades=false", "--option=APT::Get::allow-change-held-packages=false",
                                   "--option=Acquire::AllowInsecureRepositories=false", "--option=DPkg::Lock::Timeout=120"}) {
        INFO(word);
        CHECK(std::find(words.begin(), end, word) != end);
    }
}

TEST_CASE("it is asked first what it would do, by the same words")
{
    const apply::Record record{.transaction = "0123456789ab", .packages = {{"python3-cffi", "1.15.1-5"}}};
    auto words = apply::apt_simulation(record);
    REQUIRE(std::erase(words, "--simulate") == 1);
    CHECK(words == apply::apt_command(record));
}

TEST_CASE("only what does just what was approved is let through")
{
    const apply::Record record{.transaction = "0123456789ab", .packages = {{"python3-cffi", "1.15.1-5"}, {"python3-jwt", "2.6.0-1"}}};
    const std::string cffi = "Inst python3-cffi [1.15.1-5] (1.15.1-5 Debian:12.15/oldstable [amd64])\n";
    const std::string jwt = "Inst python3-jwt (2.6.0-1 Debian:12.15/oldstable [all])\n";
    const std::string rest = "Reading package lists...\n0 upgraded, 1 newly installed, 1 reinstalled\nConf python3-cffi (1.15.1-5 Debian)\n";
    CHECK(apply::does_just_that(record, rest + cffi + jwt));
    const std::vector<std::pair<std::string, std::string>> others{
        {"a version that is gone", cffi},
        {"nothing", ""},
        {"more", cffi + jwt + "Inst libssl3 [3.0.1] (3.0.2 Debian:12 [amd64])\n"},
        {"another architecture's", cffi + jwt + "Inst python3-cffi:i386 (1.15.1-5 Debian:12 [i386])\n"},
        {"scripts of another that waits for them", cffi + jwt + "Conf libpam-modules (1.5.2-6 Debian:12 [amd64])\n"},
        {"a removal", cffi + jwt + "Remv python3-openssl [23]\n"},
        {"an upgrade", jwt + "Inst python3-cffi [1.15.1-4] (1.15.1-5 Debian:12 [amd64])\n"},
        {"a downgrade", jwt + "Inst python3-cffi [1.16-1] (1.15.1-5 Debian:12 [amd64])\n"},
        {"another version", jwt + "Inst python3-cffi [1.15.1-5] (1.16-1 Debian:12 [amd64])\n"},
        {"no version", jwt + "Inst python3-cffi\n"},
    };
    for (const auto& [what, said] : others) {
        INFO(what);
        const auto refused = apply::does_just_that(record, rest + said);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == ErrorCode::plan_changed);
    }
    CHECK(apply::does_just_that(record, cffi).error().message == "apt does not offer python3-jwt=2.6.0-1 any more; have a new plan made");
}

TEST_CASE("packages' scripts ask nobody, and restart nothing")
{
    const auto variables = apply::apt_environment();
    CHECK(std::ranges::find(variables, "DEBIAN_FRONTEND=noninteractive") != variables.end());
    CHECK(std::ranges::find(variables, "NEEDRESTART_SUSPEND=1") != variables.end());
}
