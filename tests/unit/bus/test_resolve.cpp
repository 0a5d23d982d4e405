#include "bus/resolve.hpp"

#include "support/catch.hpp"

#include <vector>
using namespace envfix;

namespace {
const std::vector<model::Environment> k_known{
    {.id = "aaaa11110000", .path = "/home/ann/shop/.venv", .executable = "/home/ann/shop/.venv/bin/python", .project = "/home/ann/shop"},
    {.id = "aaaa22220000", .path = "/home/ann/shop/sub/.venv", .executable = "", .project = "/home/ann/shop/sub"},
    {.id = "bbbb00000000", .path = "/usr", .executable = "/usr/bin/python3", .project = ""},
    {.id = "cccc00000000", .path = "/home/ann/two/a", .executable = "", .project = "/home/ann/two"},
    {.id = "dddd00000000", .path = "/home/ann/two/b", .executable = "", .project = "/home/ann/two"},
};
bool everything(std::string_view)
{
    return true;
}
} // namespace

TEST_CASE("an environment is found by what a person calls it")
{
    struct Case {
        const char* text;
        std::size_t index;
    };
    const auto given = GENERATE(values<Case>({{"aaaa11110000", 0},
                                              {"aaaa2", 1},
                                              {"bbbb", 2},
                                              {"/home/ann/shop/.venv", 0},
                                              {"/home/ann/shop/.venv/", 0},
                                              {"/home/ann/shop/.venv/bin/python", 0},
                                              {"/home/ann/shop", 0},
                                              {"/home/ann/shop/src/deep/er", 0},
                                              {"/home/ann/shop/sub", 1},
                                              {"/home/ann/shop/sub/x", 1},
                                              {"/home/ann/shop/submarine", 0},
                                              {"/usr/bin/python3", 2},
                                              {"/home/ann/two/b", 4}}));
    DYNAMIC_SECTION(given.text)
    {
        const auto found = bus::resolve_environment(k_known, given.text, everything);
        REQUIRE(found.has_value());
        CHECK(*found == given.index);
    }
}

TEST_CASE("what fits nothing is not found, what fits several is told with their ids")
{
    for (const auto* text : {"ffff", "aaa", "/", "/srv", "/home/ann"}) {
        INFO(text);
        CHECK(bus::resolve_environment(k_known, text, everything).error().code == ErrorCode::not_found);
    }
    const auto both = bus::resolve_environment(k_known, "aaaa", everything);
    CHECK(both.error() == Error{ErrorCode::malformed,
                                "aaaa fits several environments: aaaa11110000 aaaa22220000; name one by its id"});
    CHECK(bus::resolve_environment(k_known, "/home/ann/two", everything).error().code == ErrorCode::malformed);
    CHECK(bus::resolve_environment(k_known, "", everything).error().code == ErrorCode::malformed);
    CHECK(bus::resolve_environment({}, "/x", everything).error().code == ErrorCode::not_found);
}

TEST_CASE("a path that is not there is no name for the project above it")
{
    const auto nothing = [](std::string_view) { return false; };
    CHECK(bus::resolve_environment(k_known, "/home/ann/shop/.vnev", nothing).error() ==
          Error{ErrorCode::not_found, "no environment is known by /home/ann/shop/.vnev"});
    CHECK(*bus::resolve_environment(k_known, "/home/ann/shop/.venv", nothing) == 0); // it may have gone a moment ago
    CHECK(*bus::resolve_environment(k_known, "aaaa2", nothing) == 1);
}
