#include "bus/limits.hpp"
#include "bus/paths.hpp"

#include "support/catch.hpp"
using namespace envfix;

TEST_CASE("an environment is named by an id or an absolute path without a step up")
{
    CHECK(bus::environment_named("3fa1").value() == "3fa1");
    CHECK(bus::environment_named("/srv/x").value() == "/srv/x");
    CHECK(bus::environment_named("/srv/..x").value() == "/srv/..x");
    for (const auto* bad : {"", "/..", "/a/../b", "/a/.."}) {
        CHECK(bus::environment_named(bad).error().code == ErrorCode::malformed);
    }
    CHECK(bus::environment_named("/" + std::string(4096, 'x')).error().code == ErrorCode::too_large);
    CHECK(bus::environment_named(std::string(4097, 'x')).error().code == ErrorCode::too_large);
    CHECK(bus::environment_or_all("").value().empty());
}

TEST_CASE("an object's path says its id, whatever bytes it has")
{
    CHECK(bus::object_path("policy", "a-b") == "/org/envfix1/policy/a_2db");
    CHECK(bus::object_path("policy", "a_b") == "/org/envfix1/policy/a_5fb");
    CHECK(bus::object_path("policy", "\xff/") == "/org/envfix1/policy/_ff_2f");
    CHECK(bus::object_path("policy", "") == "/org/envfix1/policy/_");
    CHECK(bus::run_path("") == "/");
    CHECK(bus::run_path("ab") == "/org/envfix1/run/ab");
}
