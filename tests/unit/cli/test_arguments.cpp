#include "cli/arguments.hpp"
#include "cli/remote.hpp"

#include "support/catch.hpp"
using namespace envfix::cli;

namespace {
std::variant<Request, Message> parsed(const std::vector<std::string>& words)
{
    std::vector<const char*> argv{"envfixctl"};
    for (const auto& word : words) argv.push_back(word.c_str());
    return parse_arguments(static_cast<int>(argv.size()), argv.data());
}
} // namespace

TEST_CASE("what is typed is understood, options before the command or behind it")
{
    const Request wanted{.command = Command::fix, .json = true, .operands = {"/srv"}, .yes = true, .wait = true};
    CHECK(std::get<Request>(parsed({"--json", "fix", "/srv", "--yes", "--wait"})) == wanted);
    CHECK(std::get<Request>(parsed({"fix", "-y", "--wait", "/srv", "--json"})) == wanted);
    CHECK(std::get<Request>(parsed({"fix", "--json", "-y", "--wait", "--", "/srv"})) == wanted);
    CHECK(std::get<Request>(parsed({"policy", "why"})) == Request{.command = Command::policy_why});
    CHECK(std::get<Request>(parsed({"check", "a", "b"})).operands == std::vector<std::string>{"a", "b"});
}

TEST_CASE("behind two dashes everything is an operand")
{
    CHECK(std::get<Request>(parsed({"plan", "--", "-x"})).operands == std::vector<std::string>{"./-x"});
    CHECK(std::get<Request>(parsed({"check", "--", "--probe", "-", "y"})) ==
          Request{.command = Command::check, .operands = {"./--probe", "-", "y"}});
}

TEST_CASE("the words that another host is told mean the same there")
{
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"status"}, {"--system", "list"}, {"--user", "-q", "--no-color", "show", "x"}, {"check", "--probe", "a", "b"},
             {"fix", "--yes", "--wait"}, {"hold", "--for", "2h", "--reason", "-x 'y'", "env"}, {"policy", "approve", "n"},
             {"policy", "list", "--json"}, {"diagnose", "-"}, {"plan", "--", "-dash"}, {"completion", "fish"},
             {"-q", "run", "--", "python", "-c", "x"}, {"run", "--", "--", "-x"}}) {
        INFO(words.front());
        const auto request = std::get<Request>(parsed(words));
        CHECK(std::get<Request>(parsed(words_of(request))) == request);
    }
}

TEST_CASE("of run everything from the command on is the command's own")
{
    using Words = std::vector<std::string>;
    const auto run = [](const Words& words) { return std::get<Request>(parsed(words)); };
    CHECK(run({"run", "--", "python", "-c", "--json", "--", "-x"}) ==
          Request{.command = Command::run, .operands = {"python", "-c", "--json", "--", "-x"}});
    CHECK(run({"run", "python", "-q", "status"}) == Request{.command = Command::run, .operands = {"python", "-q", "status"}});
    CHECK(run({"--user", "run", "--json", "--", "--odd"}) ==
          Request{.command = Command::run, .user = true, .json = true, .operands = {"--odd"}});
    CHECK(run({"-qH", "run", "run", "--", "run"}) ==
          Request{.command = Command::run, .host = "run", .quiet = true, .operands = {"run"}});
    CHECK(run({"run", "--host=h", "", "x"}) == Request{.command = Command::run, .host = "h", .operands = {"", "x"}});
    for (const auto& words : std::vector<Words>{{"run"}, {"run", "--"}, {"run", "--json"}, {"run", "--probe", "--", "x"}}) {
        CHECK(std::get<Message>(parsed(words)).exit_code == 2);
    }
    CHECK(std::get<Message>(parsed({"run", "--help"})).exit_code == 0);
}

TEST_CASE("a host may not begin with a dash, and is no part of what the host is told")
{
    CHECK(std::get<Message>(parsed({"-H", "-oProxyCommand=x", "status"})).exit_code == 2);
    CHECK(std::get<Message>(parsed({"--host=-x", "status"})).exit_code == 2);
    CHECK(std::get<Message>(parsed({"-H-x", "status"})).exit_code == 2);
    const auto request = std::get<Request>(parsed({"-qH", "build1", "status", "it's"}));
    CHECK(ssh_command(request, false) ==
          std::vector<std::string>{"ssh", "--", "build1", "envfixctl", "--quiet", "status", "--", "'it'\\''s'"});
    CHECK(ssh_command(request, true)[1] == "-t");
}

TEST_CASE("times are read, and what is none is refused")
{
    CHECK(seconds_of("90") == 90);
    CHECK(seconds_of("90s") == 90);
    CHECK(seconds_of("30m") == 1800);
    CHECK(seconds_of("2h") == 7200);
    CHECK(seconds_of("1d") == 86400);
    for (const auto* bad : {"", "0", "h", "-1h", "1w", "1 h", "18446744073709551615d", "99999999999999999999"}) {
        CHECK(seconds_of(bad) == 0);
    }
}
