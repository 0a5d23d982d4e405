#include "formats/unit_file.hpp"
#include "support/catch.hpp"
using namespace envfix::formats;

TEST_CASE("a unit says with what its program is started")
{
    const auto unit =
        parse_unit_file("[Unit]\nEnvironment=A=no\n[Service]\n"
                        "Environment=\"PYTHONPATH=/x y:%h/lib\" B=1\n"
                        "EnvironmentFile=-/etc/app.env\n"
                        "WorkingDirectory=%h/app\n"
                        "ExecStart=-@/usr/bin/python3 \\\n# between\n  %h/app/main.py --rate=5%%\n"
                        "[Install]\nWantedBy=default.target\n",
                        "/home/ann");
    CHECK(unit.environment ==
          std::vector<Setting>{{"PYTHONPATH", "/x y:/home/ann/lib", 4}, {"B", "1", 4}});
    CHECK(unit.environment_files == std::vector<std::string>{"/etc/app.env"});
    CHECK(unit.working_directory == "/home/ann/app");
    REQUIRE(unit.commands.size() == 1);
    CHECK(unit.commands.front() ==
          UnitCommand{{"/usr/bin/python3", "/home/ann/app/main.py", "--rate=5%"}, 7});
}

TEST_CASE("an empty assignment takes those before it away")
{
    const auto unit = parse_unit_file(
        "[Service]\nEnvironment=A=1\nEnvironment=\nExecStart=/a\nExecStart=\nExecStart=/b\n", "/h");
    CHECK(unit.environment.empty());
    REQUIRE(unit.commands.size() == 1);
    CHECK(unit.commands.front().words == std::vector<std::string>{"/b"});
}

TEST_CASE("a specifier that only systemd knows is unknown")
{
    CHECK(parse_unit_file("[Service]\nWorkingDirectory=/srv/%i\n", "/h").working_directory ==
          std::string("/srv/") + k_unknown);
}
