#include "bus/quota.hpp"

#include "support/catch.hpp"
using namespace envfix::bus;
using namespace std::chrono_literals;

namespace {
const Quota::Time k_start{1h};
const Limits k_limits{.calls_per_second = 10, .burst = 3, .in_flight = 2};
} // namespace

TEST_CASE("a burst is served, then as many calls as the rate gives back")
{
    Quota quota(k_limits);
    CHECK(quota.take(1000, k_start));
    CHECK(quota.take(1000, k_start));
    CHECK(quota.take(1000, k_start));
    CHECK_FALSE(quota.take(1000, k_start));
    CHECK_FALSE(quota.take(1000, k_start + 99ms));
    CHECK(quota.take(1000, k_start + 100ms));
    CHECK_FALSE(quota.take(1000, k_start + 100ms));
}

TEST_CASE("what was saved up is never more than a burst, and a clock that stands or turns gives nothing")
{
    Quota quota(k_limits);
    CHECK(quota.take(1000, k_start));
    for (int i = 0; i < 3; ++i) CHECK(quota.take(1000, k_start + 10h));
    CHECK_FALSE(quota.take(1000, k_start + 10h));
    CHECK_FALSE(quota.take(1000, k_start));
}

TEST_CASE("one uid does not use up what another has")
{
    Quota quota(k_limits);
    for (int i = 0; i < 3; ++i) CHECK(quota.take(1000, k_start));
    CHECK_FALSE(quota.take(1000, k_start));
    CHECK(quota.take(1001, k_start));
}

TEST_CASE("as many lasting calls run at once as are allowed, before the first quick one as well")
{
    Quota quota(k_limits);
    CHECK(quota.begin(1000));
    CHECK(quota.begin(1000));
    CHECK_FALSE(quota.begin(1000));
    quota.ended(1000);
    CHECK(quota.begin(1000));
    CHECK(quota.take(1000, k_start));
    quota.ended(7);
    CHECK(quota.begin(7));
}
