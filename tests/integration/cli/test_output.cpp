#include "called.hpp"

#include <string>

using namespace envfix;

TEST_CASE("help and version go to standard output")
{
    ServedBus served;
    const auto help = ctl(served, {"--help"});
    CHECK(help.exit_code == 0);
    CHECK_THAT(help.out, ContainsSubstring("policy"));
    CHECK_THAT(ctl(served, {"fix", "--help"}).out, ContainsSubstring("Usage: envfixctl [OPTION]... fix [--yes] [--wait] [ENV]\n"));
    CHECK_THAT(ctl(served, {"hold", "--help"}).out, ContainsSubstring("hold [--for TIME] [--reason TEXT] [ENV]\n"));
    CHECK_THAT(ctl(served, {"check", "--help"}).out, ContainsSubstring("check [--probe] [PATH]...\n") && ContainsSubstring("this folder"));
    CHECK_THAT(ctl(served, {"policy", "approve", "--help"}).out, ContainsSubstring("policy approve NAME\n"));
    CHECK_THAT(ctl(served, {"run", "--help"}).out, ContainsSubstring("run -- CMD [ARGUMENT]...\n"));
    CHECK(ctl(served, {"--version"}).out.starts_with("envfixctl 0."));
}

TEST_CASE("colour is only on a terminal, and not where it is unwanted")
{
    ServedBus served;
    CHECK(ctl(served, {"status"}).out.find('\x1b') == std::string::npos);
    CHECK(ctl(served, {"status"}, on_terminal(80)).out.find("\x1b[1;31m") != std::string::npos);
    CHECK(ctl(served, {"--no-color", "status"}, on_terminal(80)).out.find('\x1b') == std::string::npos);
    for (const auto& [name, value] : {std::pair{"NO_COLOR", "1"}, {"TERM", "dumb"}}) {
        auto setup = on_terminal(80);
        setup.variables[name] = value;
        CHECK(ctl(served, {"status"}, setup).out.find('\x1b') == std::string::npos);
    }
}

TEST_CASE("tables fit the terminal, and are not cut where there is none")
{
    ServedBus served;
    served.port.the_environments[1].path = "/home/ann/" + std::string(300, 'p');
    CHECK_THAT(ctl(served, {"list"}).out, ContainsSubstring(std::string(300, 'p')));
    for (const int width : {40, 80, 200}) {
        auto setup = on_terminal(width);
        setup.variables["NO_COLOR"] = "1";
        const auto got = ctl(served, {"list"}, setup);
        std::size_t longest = 0;
        for (std::size_t at = 0; at < got.out.size();) {
            const auto end = std::min(got.out.find('\r', at), got.out.size());
            longest = std::max(longest, report::display_width(std::string_view(got.out).substr(at, end - at)));
            at = end + 2;
        }
        CHECK(longest == static_cast<std::size_t>(width));
    }
    auto ascii = on_terminal(80);
    ascii.variables["LC_ALL"] = "C";
    for (const char c : ctl(served, {"status"}, ascii).out) CHECK(static_cast<unsigned char>(c) < 0x80);
}

TEST_CASE("no escape sequence of a hostile name reaches the terminal")
{
    ServedBus served;
    auto& report = served.port.the_environments[0];
    const std::string hostile = "\x1b]0;pwned\x07\x1b[31m\xc2\x9b" "31m\xe2\x80\xae\xff";
    report.path = report.findings[0].summary = report.findings[0].evidence[0].path = report.state_reason = hostile;
    served.port.the_plans[0].policy = hostile;
    served.port.the_runs[0].summary = hostile;
    served.port.the_policies.policies[0].policy.describe = hostile;
    auto setup = on_terminal(80);
    setup.variables["NO_COLOR"] = "1";
    for (const auto& words : {std::vector<std::string>{"status"}, {"list"}, {"show", "3fa1"}, {"check", "3fa1"}, {"plan", "3fa1"},
                              {"history"}, {"policy", "list"}, {"--json", "status"}, {"--json", "history"}}) {
        const auto got = ctl(served, words, setup);
        INFO(words.front());
        CHECK_FALSE(got.out.empty());
        CHECK(got.out.find('\x1b') == std::string::npos);
        CHECK(got.out.find('\x07') == std::string::npos);
        CHECK(got.out.find("\xe2\x80\xae") == std::string::npos);
        CHECK(got.out.find("\xc2\x9b") == std::string::npos);
        CHECK(got.out.find('\xff') == std::string::npos);
    }
}

TEST_CASE("quiet says nothing but errors")
{
    ServedBus served;
    const auto got = ctl(served, {"-q", "status"});
    CHECK(got.exit_code == 11);
    CHECK(got.out.empty());
    CHECK(got.err.empty());
    served.port.refusal = Error{.code = ErrorCode::io, .message = "no"};
    is_one_line(ctl(served, {"-q", "status"}).err);
}

TEST_CASE("completion is there for three shells")
{
    ServedBus served;
    for (const auto* shell : {"bash", "zsh", "fish"}) {
        const auto got = ctl(served, {"completion", shell});
        CHECK(got.exit_code == 0);
        CHECK_THAT(got.out, ContainsSubstring("diagnose"));
    }
}
