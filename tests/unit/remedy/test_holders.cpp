#include "remedy/holders.hpp"
#include "support/catch.hpp"

using namespace envfix;

TEST_CASE("a process that has a file of the backup mapped is told from one that has not")
{
    const std::string folder = "/srv/my venv/.envfix/backup/0a1b";
    const std::string line = "7f1c-7f1d r-xp 00000000 fe:01 1234    ";
    CHECK(remedy::maps_below(line + "/usr/lib/libc.so.6\n" + line + folder + "/files/x.so\n", folder));
    CHECK(remedy::maps_below(line + folder + "/files/x.so (deleted)", folder));
    CHECK_FALSE(remedy::maps_below(line + folder + "2/files/x.so\n", folder));
    CHECK_FALSE(remedy::maps_below(line + "/srv/my venv/lib/x.so\n", folder));
    CHECK_FALSE(remedy::maps_below("7f1c-7f1d rw-p 00000000 00:00 0    [heap]\n\n", folder));
    CHECK_FALSE(remedy::maps_below("", folder));
}

TEST_CASE("a command is one line, without what a terminal would obey")
{
    using namespace std::string_view_literals;
    CHECK(remedy::shown_command("python\0scripts/fetch.py\0"sv) == "python scripts/fetch.py");
    CHECK(remedy::shown_command("a\0\x1b[2J\0"sv).find('\x1b') == std::string::npos);
    CHECK(remedy::shown_command(std::string(10'000, 'x')).size() <= 120);
}
