#include "remedy/system_command.hpp"
#include "support/catch.hpp"

using namespace envfix;

TEST_CASE("packages of the system become one command for each package manager")
{
    const auto commands = remedy::system_commands(
        {"apt:libffi8", "dnf:libffi", "apt:libssl3", "brew:libffi", "libffi", "pacman:libffi"});
    REQUIRE(commands.size() == 3);
    CHECK(commands[0].program == "apt-get");
    CHECK(commands[0].packages == std::vector<std::string>{"libffi8", "libssl3"});
    CHECK(commands[0].line == "sudo apt-get install --reinstall -- libffi8 libssl3");
    CHECK(commands[1].line == "sudo dnf install -- libffi");
    CHECK(commands[2].line == "sudo pacman -S --needed -- libffi");
    CHECK(remedy::system_commands({}).empty());
}

TEST_CASE("a program of the system is found in its own folders only")
{
    CHECK(remedy::has_program("sh"));
    CHECK_FALSE(remedy::has_program("no-such-package-manager"));
    CHECK_FALSE(remedy::has_program("."));
}
