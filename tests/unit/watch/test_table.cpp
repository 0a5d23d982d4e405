#include "support/catch.hpp"
#include "watch/table.hpp"

using namespace envfix::watch;
using Watches = std::vector<int>;

TEST_CASE("a folder of two environments keeps its watch until both let go")
{
    Table table;
    table.subscribe(7, {"a", Role::site, "/s"});
    table.subscribe(7, {"b", Role::site, "/s"});
    table.subscribe(7, {"b", Role::site, "/s"});
    REQUIRE(table.find(7) != nullptr);
    CHECK(table.find(7)->subscribers.size() == 2);
    CHECK(table.size() == 1);
    CHECK_FALSE(table.unsubscribe(7, "a", Role::site));
    CHECK_FALSE(table.unsubscribe(7, "b", Role::bin));
    CHECK(table.unsubscribe(7, "b", Role::site));
    CHECK(table.find(7) == nullptr);
    CHECK_FALSE(table.unsubscribe(7, "b", Role::site));
}

TEST_CASE("a folder above environments may be part of one as well")
{
    Table table;
    table.put_above(1, {.path = "/p/v", .depth = 1});
    table.subscribe(1, {"e", Role::prefix, "/p/v"});
    CHECK_FALSE(table.drop_above(1));
    CHECK(table.above_count() == 0);
    CHECK(table.unsubscribe(1, "e", Role::prefix));
}

TEST_CASE("watches above environments are found by path, and not by its beginning alone")
{
    Table table;
    table.put_above(1, {.path = "/p"});
    table.put_above(2, {.path = "/p/a"});
    table.put_above(3, {.path = "/p/a/b"});
    table.put_above(4, {.path = "/p/a-b"});
    CHECK(table.above_within("/p/a") == Watches{2, 3});
    CHECK(table.above_within("/p") == Watches{1, 2, 4, 3});
    CHECK(table.above_within("/nowhere").empty());
}

TEST_CASE("a folder that was moved goes by its new path only")
{
    Table table;
    table.put_above(1, {.path = "/p/old"});
    table.put_above(1, {.path = "/p/new"});
    CHECK(table.above_within("/p/old").empty());
    CHECK(table.above_within("/p/new") == Watches{1});
    table.put_above(2, {.path = "/p/new"}); // another folder took its place
    CHECK(table.above_within("/p/new") == Watches{2});
    table.forget(2);
    CHECK(table.above_count() == 0);
}

TEST_CASE("what a later scan did not see again is known to be old")
{
    Table table;
    table.put_above(1, {.path = "/a", .generation = 1});
    table.put_above(2, {.path = "/b", .generation = 1});
    table.put_above(1, {.path = "/a", .generation = 2});
    CHECK(table.above_older_than(2) == Watches{2});
}

TEST_CASE("what gives way first lies deepest, and is no known place")
{
    Table table;
    table.put_above(1, {.path = "/a", .depth = 1});
    table.put_above(2, {.path = "/a/b/c", .depth = 3});
    table.put_above(3, {.path = "/a/b", .depth = 2});
    table.put_above(4, {.path = "/home/pipx", .depth = 9, .known_place = true});
    CHECK(table.deepest_above(2) == Watches{2, 3});
    CHECK(table.deepest_above(10) == Watches{2, 3, 1});
}
