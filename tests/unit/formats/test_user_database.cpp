#include "formats/user_database.hpp"
#include "support/catch.hpp"

using namespace envfix::formats;

TEST_CASE("a user is found by his number, whatever lines stand around his")
{
    constexpr auto k_passwd = "root:x:0:0:root:/root:/bin/bash\n"
                              "short:x:7\n"
                              "none:x:x1000:1000::/:/bin/sh\n"
                              "+::::::\n"
                              "ann:x:1000:1001:Ann,,,:/home/ann:/bin/zsh\n"
                              "again:x:1000:1002::/home/again:";
    CHECK(user_in(k_passwd, 1000) == User{.name = "ann", .uid = 1000, .gid = 1001, .home = "/home/ann"});
    CHECK(user_in(k_passwd, 0)->home == "/root");
    CHECK_FALSE(user_in(k_passwd, 7));
    CHECK_FALSE(user_in("", 0));
    CHECK_FALSE(user_in("ann:x:4294967296:1::/:", 0));
    CHECK(user_in("ann:x:4294967295:1::/:", 4294967295U));
}

TEST_CASE("groups are those that name the member himself")
{
    constexpr auto k_group = "root:x:0:\nstaff:x:50:bob,ann\nannex:x:60:annex,xann\nx:x:no:ann\ndocker:x:70:ann";
    CHECK(groups_in(k_group, "ann") == std::vector<std::uint32_t>{50, 70});
    CHECK(groups_in(k_group, "nobody").empty());
    CHECK(groups_in(k_group, "").empty());
}
