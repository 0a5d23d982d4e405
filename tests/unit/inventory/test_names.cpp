#include "inventory/names.hpp"
#include "support/catch.hpp"

using namespace envfix;
using namespace envfix::inventory;
using model::EnvironmentKind;

TEST_CASE("an executable names its minor version, or does not")
{
    for (const auto* name :
         {"python3.13", "python3.8", "python3.13t", "pypy3.11", "python2.7", "python3.7m"})
        CHECK(is_versioned_python(name));
    for (const auto* name : {"python3", "python", "python3.13-config", "python3.", "python.3",
                             "xpython3.13", "python3.13.1", "pythonw", ""})
        CHECK_FALSE(is_versioned_python(name));
    for (const auto* name : {"python", "python3", "pypy", "pypy3", "python3.13"})
        CHECK(is_python(name));
    for (const auto* name : {"python-argcomplete", "pythonic", "pip", "", "python3-config"})
        CHECK_FALSE(is_python(name));
}

TEST_CASE("a path becomes absolute as os.path.abspath makes it")
{
    CHECK(absolute_path("a/../b//c/.", "/home/u") == "/home/u/b/c");
    CHECK(absolute_path("../../../..", "/home/u") == "/");
    CHECK(absolute_path("/x/", "/home/u") == "/x");
    CHECK(absolute_path("", "/home/u") == "/home/u");
    CHECK(absolute_path("~/p", "/tmp", "/home/u") == "/home/u/p");
    CHECK(absolute_path("~p", "/tmp", "/home/u") == "/tmp/~p");
}

TEST_CASE("paths are taken apart and put together")
{
    CHECK(parent("/a/b") == "/a");
    CHECK(parent("/a") == "/");
    CHECK(parent("/") == "/");
    CHECK(last_name("/a/b") == "b");
    CHECK(last_name("/").empty());
    CHECK(join("/", "a") == "/a");
    CHECK(join("/a", "b") == "/a/b");
    CHECK(is_below("/a/b", "/a"));
    CHECK(is_below("/a", "/a"));
    CHECK_FALSE(is_below("/ab", "/a"));
    CHECK(is_below("/ab", "/"));
}

TEST_CASE("two interpreters of one prefix are two environments, one venv is one")
{
    const auto a = make_environment(EnvironmentKind::system, "/usr", "/usr/bin/python3.11");
    const auto b = make_environment(EnvironmentKind::system, "/usr", "/usr/bin/python3.13");
    CHECK(a.id != b.id);
    CHECK(make_environment(EnvironmentKind::user, "/s", "/usr/bin/python3.11").id !=
          make_environment(EnvironmentKind::user, "/s", "/usr/bin/python3.13").id);
    CHECK(make_environment(EnvironmentKind::venv, "/v", "/v/bin/python").id ==
          model::environment_id(EnvironmentKind::venv, "/v"));
}

TEST_CASE("an environment is listed once, by the entry that knows its project")
{
    std::vector<model::Environment> list{
        make_environment(EnvironmentKind::venv, "/v", "/v/bin/python"),
        make_environment(EnvironmentKind::venv, "/a", "/a/bin/python"),
        make_environment(EnvironmentKind::venv, "/v", "/v/bin/python", "/project")};
    sort_environments(list);
    REQUIRE(list.size() == 2);
    CHECK(list[0].path == "/a");
    CHECK(list[1].project == "/project");
}
