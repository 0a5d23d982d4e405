#include "report/text.hpp"

#include "support/catch.hpp"
using namespace envfix;

TEST_CASE("passwords in URLs are masked wherever they stand")
{
    CHECK(report::without_passwords("https://u:p@h/x") == "https://u:***@h/x");
    CHECK(report::without_passwords("a https://u:p@h/x, b ftp://v:q@i") == "a https://u:***@h/x, b ftp://v:***@i");
    CHECK(report::without_passwords("https://u:p@ss@h/x") == "https://u:***@h/x");
    CHECK(report::without_passwords("https://u@h/x:y@z") == "https://u@h/x:y@z");
    CHECK(report::without_passwords("https://h:80/x") == "https://h:80/x");
    CHECK(report::without_passwords("://://") == "://://");
    CHECK(report::without_passwords("") == "");
}

TEST_CASE("making text fit for transport twice is the same as once")
{
    for (const auto* text : {"plain", "\xff\x1b", "gr\xc3\xbc\xc3\x9f", "https://u:p@h", "a\tb"}) {
        const auto once = report::transportable(text);
        CHECK(report::transportable(once) == once);
        CHECK(report::transportable(text) == report::transportable(report::transportable(text)));
        CHECK(report::shown(report::transportable(text)) == report::shown(text));
    }
}

TEST_CASE("wide characters count two columns, combining ones none")
{
    CHECK(report::display_width("abc") == 3);
    CHECK(report::display_width("\xe6\x97\xa5\xe6\x9c\xac") == 4);
    CHECK(report::display_width("e\xcc\x81") == 1);
    CHECK(report::display_width("\xf0\x9f\x90\x8d") == 2);
    CHECK(report::display_width("\xe2\x9c\x93") == 1);
    CHECK(report::display_width("\xff") == 1);
}

TEST_CASE("a word for the shell is quoted only where it must be")
{
    CHECK(report::shell_word("/home/ann/.venv") == "/home/ann/.venv");
    CHECK(report::shell_word("/home/an n") == "'/home/an n'");
    CHECK(report::shell_word("it's") == "'it'\\''s'");
    CHECK(report::shell_word("$(reboot)") == "'$(reboot)'");
    CHECK(report::shell_word("~x") == "'~x'");
    CHECK(report::shell_word("") == "''");
}

TEST_CASE("times are told as a person tells them")
{
    CHECK(report::duration_text(59) == "59 s");
    CHECK(report::duration_text(3600) == "1 h");
    CHECK(report::duration_text(11040) == "3 h 4 min");
    CHECK(report::duration_text(86400) == "1 day");
    CHECK(report::duration_text(200000) == "2 days");
    CHECK(report::utc_text(0) == "1970-01-01 00:00:00 UTC");
    CHECK(report::utc_text(1'790'000'000) == "2026-09-21 14:13:20 UTC");
    CHECK(report::utc_text(INT64_MAX) == "9999-12-31 23:59:59 UTC");
    CHECK(report::ago_text(100, 105) == "just now");
    CHECK(report::ago_text(100, 100 + 300) == "5 min ago");
    CHECK(report::ago_text(100, 0) == "1970-01-01 00:01:40 UTC");
    CHECK(report::ago_text(100, 50) == "1970-01-01 00:01:40 UTC");
    CHECK(report::ago_text(INT64_MIN, INT64_MAX).ends_with(" days ago"));
}
