#include "inventory/roots.hpp"
#include "support/catch.hpp"

using namespace envfix;
using namespace envfix::inventory;

TEST_CASE("folders that hold the whole machine are no roots of projects")
{
    for (const auto* path : {"/", "/usr", "/home", "/var", "/proc", "/proc/self/root", "/sys/fs", "/dev"}) {
        INFO(path);
        const auto may = may_hold_projects(path);
        REQUIRE(!may);
        CHECK(may.error().code == ErrorCode::not_supported);
        CHECK(may.error().message.find("~/src") != std::string::npos);
    }
}

TEST_CASE("folders below them are")
{
    for (const auto* path : {"/home/ann", "/home/ann/src", "/opt/app", "/usr/local/src", "/root", "/srv", "/process", "/tmp"}) {
        INFO(path);
        CHECK(may_hold_projects(path));
    }
}
