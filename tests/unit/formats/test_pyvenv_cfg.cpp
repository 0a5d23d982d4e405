#include "formats/pyvenv_cfg.hpp"
#include "support/catch.hpp"
using namespace envfix::formats;

TEST_CASE("the last of repeated keys counts, in any case of the key")
{
    const auto cfg =
        parse_pyvenv_cfg("home = /usr/bin\nHOME=/opt/bin \nno equals\nversion = 3.11.2 = x\n");
    CHECK(cfg.entries.size() == 3);
    CHECK(cfg.last("home") == "/opt/bin");
    CHECK(cfg.last("version") == "3.11.2 = x");
    CHECK_FALSE(cfg.last("uv"));
}

TEST_CASE("only true enables the system site-packages, and a missing key says nothing")
{
    const auto asked = [](std::string_view text) {
        return parse_pyvenv_cfg(text).include_system_site_packages();
    };
    CHECK(asked("include-system-site-packages = TRUE\n") == true);
    CHECK(asked("include-system-site-packages = yes\n") == false);
    CHECK(asked("include-system-site-packages = true\ninclude-system-site-packages =\n") == false);
    CHECK_FALSE(asked("home = /usr/bin\n").has_value());
}

TEST_CASE("the start-up code reads home in its own way")
{
    struct Case {
        std::string_view text;
        std::optional<std::string> up_to_3_10;
        std::optional<std::string> later;
    };

    const auto c = GENERATE(values<Case>({
        {"home = /a\nhome = /b\n", "/a", "/a"},
        {"home=/a\n", std::nullopt, "/a"},
        {"home = /a", std::nullopt, "/a"},
        {"Home = /a\n", std::nullopt, "/a"},
        {"# x\n  home\t=   /a b \r\n", "  /a b ", "/a b"},
        {"home = \nhome = /b\n", "/b", ""},
        {"version = 3\n", std::nullopt, std::nullopt},
    }));
    INFO(c.text);
    CHECK(home_at_startup(c.text, 10) == c.up_to_3_10);
    CHECK(home_at_startup(c.text, 11) == c.later);
}

TEST_CASE("a pyvenv.cfg that is not UTF-8 says so")
{
    CHECK(parse_pyvenv_cfg("home = /\xe4\n").not_utf8);
    CHECK_FALSE(parse_pyvenv_cfg("home = /\xc3\xa4\n").not_utf8);
}
