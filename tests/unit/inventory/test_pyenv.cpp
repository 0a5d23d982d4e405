#include "inventory/pyenv.hpp"
#include "support/catch.hpp"

using namespace envfix::inventory;
using Names = std::vector<std::string>;

TEST_CASE("a .python-version file names versions by line and by blank")
{
    CHECK(parse_python_version("3.11.7\n") == Names{"3.11.7"});
    CHECK(parse_python_version("3.12.1 3.11.7\r\n# old\nsystem # last") ==
          Names{"3.12.1", "3.11.7", "system"});
    CHECK(parse_python_version("").empty());
}

TEST_CASE("a .python-version file cannot lead out of pyenv's folder")
{
    CHECK(parse_python_version("../../evil .. . a/b\n").empty());
}

TEST_CASE("a minor version stands for its newest release")
{
    const Names names{"3.11.7", "3.11.10", "3.11.11rc1", "3.12.0", "pypy3.10-7.3.17"};
    CHECK(match_version(names, "3.11") == "3.11.10");
    CHECK(match_version(names, "3.11.7") == "3.11.7");
    CHECK(match_version(names, "python-3.12.0") == "3.12.0");
    CHECK(match_version(names, "3.1") == std::nullopt);
    CHECK(match_version(names, "3.13") == std::nullopt);
}
