#include "accounts/roster.hpp"
#include "support/catch.hpp"

#include <set>
#include <vector>

using namespace envfix::accounts;
using namespace std::chrono_literals;
using Act = Roster::Act;
using Actions = std::vector<Roster::Action>;

namespace {

const Roster::TimePoint start{};

} // namespace

TEST_CASE("a worker is started for each account once")
{
    Roster roster;
    roster.want({1001, 1002}, start);
    CHECK(roster.due(start) == Actions{{Act::start, 1001}, {Act::start, 1002}});
    CHECK(roster.due(start).empty());
    CHECK_FALSE(roster.is_at_work(1001));
    CHECK(roster.trouble(1001).empty());
    CHECK(roster.reported(1001, start + 1s));
    CHECK(roster.is_at_work(1001));
    CHECK_FALSE(roster.reported(1003, start + 1s)); // nobody wants it
    CHECK_FALSE(roster.reported(1001, start + 1s)); // there is one
    CHECK(roster.due(start + 2s).empty());
}

TEST_CASE("one that ends comes back after a pause that grows")
{
    Roster roster;
    roster.want({1001}, start);
    auto now = start;
    auto pause = Roster::k_first_pause;
    for (int i = 0; i < 12; ++i) {
        CHECK(roster.due(now) == Actions{{Act::start, 1001}});
        roster.reported(1001, now);
        now += 1s;
        roster.lost(1001, "killed", now);
        CHECK(roster.trouble(1001) == "killed");
        CHECK_FALSE(roster.reported(1001, now)); // nobody started it
        CHECK(roster.due(now + pause - 1ms).empty());
        REQUIRE(roster.next());
        CHECK(*roster.next() == now + pause);
        now += pause;
        pause = std::min(pause * 2, Roster::k_longest_pause);
    }
    CHECK(pause == Roster::k_longest_pause);
}

TEST_CASE("one that worked for long makes good for those before it")
{
    Roster roster;
    roster.want({1001}, start);
    auto now = start;
    for (int i = 0; i < 5; ++i) {
        static_cast<void>(roster.due(now));
        roster.lost(1001, "refused", now);
        now = *roster.next();
    }
    static_cast<void>(roster.due(now));
    roster.reported(1001, now);
    now += Roster::k_makes_good;
    roster.lost(1001, "killed", now);
    CHECK(*roster.next() == now + Roster::k_first_pause);
}

TEST_CASE("one that is started and does not report counts as ended")
{
    Roster roster;
    roster.want({1001}, start);
    CHECK(roster.due(start).size() == 1);
    const auto over = start + Roster::k_reports_within;
    CHECK(*roster.next() == over);
    CHECK(roster.due(over).empty());
    CHECK(roster.trouble(1001).find("did not report") != std::string::npos);
    CHECK(roster.due(over + Roster::k_first_pause) == Actions{{Act::start, 1001}});
}

TEST_CASE("one that nobody wants any more is stopped, and may come back")
{
    Roster roster;
    roster.want({1001, 1002}, start);
    static_cast<void>(roster.due(start));
    roster.reported(1001, start);
    roster.want({1002}, start + 1s);
    CHECK(roster.due(start + 1s) == Actions{{Act::stop, 1001}});
    CHECK_FALSE(roster.is_at_work(1001));
    roster.lost(1001, "stopped", start + 1s); // no more is known of it
    CHECK(roster.trouble(1001).empty());
    roster.want({1001, 1002}, start + 2s);
    CHECK(roster.due(start + 2s) == Actions{{Act::start, 1001}});
}

TEST_CASE("a change of the configuration ends all pauses")
{
    Roster roster;
    roster.want({1001}, start);
    static_cast<void>(roster.due(start));
    for (int i = 0; i < 8; ++i) roster.lost(1001, "refused", start);
    roster.want({1001}, start + 2s);
    CHECK(roster.due(start + 2s) == Actions{{Act::start, 1001}});
}
