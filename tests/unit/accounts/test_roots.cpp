#include "accounts/roots.hpp"
#include "support/catch.hpp"

#include <string>

using namespace envfix::accounts;

TEST_CASE("whoever owns a root has it looked at by a worker of his own")
{
    const auto shares = shares_of({{.path = "/srv/app", .owner = 1001, .trouble = {}},
                                   {.path = "/srv/shared", .owner = 0, .trouble = {}},
                                   {.path = "/srv/two", .owner = 1001, .trouble = {}},
                                   {.path = "/srv/three", .owner = 1002, .trouble = {}}},
                                  1000);
    CHECK(shares.of_accounts.size() == 2);
    CHECK(shares.of_accounts.at(1001) == std::vector<std::string>{"/srv/app", "/srv/two"});
    CHECK(shares.own == std::vector<std::string>{"/srv/shared"});
    CHECK(shares.refused.empty());
}

TEST_CASE("nothing runs as root, as the system's own accounts, or as nobody, and what cannot be seen is said")
{
    const auto shares = shares_of({{.path = "/srv/web", .owner = 33, .trouble = {}},
                                   {.path = "/srv/999", .owner = 999, .trouble = {}},
                                   {.path = "/srv/nobody", .owner = 65534, .trouble = {}},
                                   {.path = "/home/ann", .owner = {}, .trouble = "permission denied"}},
                                  100);
    CHECK(shares.of_accounts.empty());
    CHECK(shares.own.empty());
    REQUIRE(shares.refused.size() == 4);
    CHECK(shares.refused[0].why.find("uid 33") != std::string::npos);
    CHECK(shares.refused[3].why == "permission denied");
    CHECK(shares_of({{.path = "/srv/app", .owner = 1999, .trouble = {}}}, 2000).of_accounts.empty());
}

TEST_CASE("there is an end to the number of workers")
{
    std::vector<NamedRoot> roots;
    for (std::uint32_t i = 0; i < 40; ++i) roots.push_back({.path = "/srv/x", .owner = 1000 + i, .trouble = {}});
    roots.push_back({.path = "/srv/y", .owner = 1000, .trouble = {}});
    const auto shares = shares_of(roots, 1000);
    CHECK(shares.of_accounts.size() == k_most_accounts);
    CHECK(shares.refused.size() == 40 - k_most_accounts);
    CHECK(shares.of_accounts.at(1000).size() == 2);
}

TEST_CASE("a worker may run as a person or a service, whatever login.defs allows")
{
    CHECK(may_work(1000, 1000));
    CHECK(may_work(60'001, 1000));
    for (const std::uint32_t uid : {0U, 33U, 999U, 65534U}) CHECK_FALSE(may_work(uid, 100));
    CHECK_FALSE(may_work(1000, 2000));
}

TEST_CASE("login.defs says where people begin")
{
    CHECK(uid_min_in("") == 1000);
    CHECK(uid_min_in("# UID_MIN 5\nUID_MAX 60000\nUID_MIN\t\t\t 2000\n") == 2000);
    CHECK(uid_min_in("UID_MINIMUM 7\nSYS_UID_MIN 101\n") == 1000);
    CHECK(uid_min_in("UID_MIN many\n") == 1000);
    CHECK(uid_min_in("UID_MIN 0") == 100);
}

TEST_CASE("a path lies below a folder by its parts, not by its letters")
{
    CHECK(lies_below("/srv/app", "/srv/app"));
    CHECK(lies_below("/srv/app/x", "/srv/app/"));
    CHECK_FALSE(lies_below("/srv/apple", "/srv/app"));
    CHECK_FALSE(lies_below("/srv/app/../x", "/srv/app"));
    CHECK_FALSE(lies_below("/srv/app/..", "/srv/app"));
    CHECK_FALSE(lies_below("srv/app", "/srv"));
    CHECK_FALSE(lies_below("/srv//app", "/srv"));
}
