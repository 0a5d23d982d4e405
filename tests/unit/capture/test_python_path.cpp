#include "capture/python_path.hpp"
#include "support/catch.hpp"

using namespace envfix::capture;

TEST_CASE("paths are normalized as os.path.normpath does")
{
    struct Case {
        const char* given;
        const char* want;
    };

    const auto c = GENERATE(values<Case>({{"", "."},
                                          {".", "."},
                                          {"a", "a"},
                                          {"a/", "a"},
                                          {"./a", "a"},
                                          {"a/./b//c", "a/b/c"},
                                          {"a/../b", "b"},
                                          {"a/..", "."},
                                          {"..", ".."},
                                          {"../../a", "../../a"},
                                          {"a/../../b", "../b"},
                                          {"/", "/"},
                                          {"/..", "/"},
                                          {"/../a", "/a"},
                                          {"//a", "//a"},
                                          {"///a", "/a"},
                                          {"//", "//"},
                                          {"/a/b/../../..", "/"}}));
    INFO(c.given);
    CHECK(normal_path(c.given) == c.want);
}

TEST_CASE("joining, parents and last names follow os.path")
{
    CHECK(join_path("/a", "b") == "/a/b");
    CHECK(join_path("/a/", "b") == "/a/b");
    CHECK(join_path("/a", "/b") == "/b");
    CHECK(join_path("", "b") == "b");
    CHECK(join_path("/a", "") == "/a/");
    CHECK(absolute_path("/w", "../a/./b") == "/a/b");
    CHECK(parent_path("/a/b") == "/a");
    CHECK(parent_path("/a") == "/");
    CHECK(parent_path("/") == "/");
    CHECK(parent_path("/a//b") == "/a");
    CHECK(parent_path("a").empty());
    CHECK(last_name("/a/b") == "b");
    CHECK(last_name("b") == "b");
}

TEST_CASE("cutting upwards ends in nothing, not in the root")
{
    CHECK(cut_last("/usr/bin") == "/usr");
    CHECK(cut_last("/bin").empty());
    CHECK(cut_last("bin").empty());
    CHECK(cut_last("/a/") == "/a");
}
