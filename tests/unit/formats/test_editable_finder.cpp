#include "formats/editable_finder.hpp"
#include "support/catch.hpp"
using namespace envfix::formats;

TEST_CASE("the finder of a flat editable install says where its modules lie")
{
    CHECK(parse_editable_finder("import sys\nMAPPING: dict[str, str] = {'bar_ed': "
                                "'/tmp/flat/bar_ed', \"it's\": '/tmp/a\\\\b'}\n"
                                "NAMESPACES: dict[str, list[str]] = {}\n") ==
          std::vector<EditableModule>{{"bar_ed", "/tmp/flat/bar_ed"}, {"it's", "/tmp/a\\b"}});
    CHECK(parse_editable_finder("MAPPING = {}\n").empty());
}

TEST_CASE("what is no dictionary of plain literals says nothing")
{
    CHECK(parse_editable_finder("MAPPING = {'a': f('b')}\n").empty());
    CHECK(parse_editable_finder("MAPPING = {'a': '\\x41'}\n").empty());
    CHECK(parse_editable_finder("MAPPING = {'a': 'b'\n").empty());
    CHECK(parse_editable_finder("MAPPING: x\n").empty());
}

TEST_CASE("only setuptools' own line names a finder")
{
    CHECK(editable_finder_of(
              "import __editable___bar_2_0_finder; __editable___bar_2_0_finder.install()") ==
          "__editable___bar_2_0_finder");
    CHECK(editable_finder_of("import os; __editable___bar_2_0_finder").empty());
    CHECK(editable_finder_of("import __editable___../x_finder; x").empty());
}
