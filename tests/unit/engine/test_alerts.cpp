#include "engine/alerts.hpp"
#include "support/catch.hpp"

#include <random>
#include <string>

using namespace envfix::engine;
using namespace std::chrono_literals;

namespace {

using TimePoint = Alerts::TimePoint;
using Strings = std::vector<std::string>;

constexpr TimePoint k_start{1h};

Problem problem(const std::string& id, std::set<std::string> codes = {"cffi-backend-missing"}, const std::string& plan = {})
{
    return {.environment = id,
            .path = "/home/me/" + id,
            .summary = "no _cffi_backend",
            .codes = std::move(codes),
            .plan = plan,
            .plan_digest = plan.empty() ? "" : plan + "-digest"};
}

/// "a b+plan" for a message about both, "-a" for one that is taken back; the key before the colon.
Strings worded(const std::vector<Alert>& alerts)
{
    Strings words;
    for (const auto& alert : alerts) {
        if (const auto* tell = std::get_if<Tell>(&alert)) {
            std::string text = tell->key + ":";
            for (const auto& each : tell->problems) text += " " + each.environment + (each.plan.empty() ? "" : "+plan");
            words.push_back(text);
        } else {
            words.push_back("-" + std::get<Withdraw>(alert).key);
        }
    }
    return words;
}

/// Somebody listens from the beginning.
Alerts listening(Telling told = {})
{
    Alerts alerts(std::move(told));
    alerts.listen(true, k_start);
    return alerts;
}

} // namespace

TEST_CASE("a problem is told once, after a moment in which others may join it")
{
    auto alerts = listening();
    alerts.wrong(problem("a"), k_start);
    CHECK(alerts.next_deadline() == k_start + 2s);
    CHECK(alerts.take_due(k_start + 1999ms).empty());
    CHECK(worded(alerts.take_due(k_start + 2s)) == Strings{"a: a"});
    for (int i = 3; i < 100; ++i) {
        alerts.wrong(problem("a"), k_start + i * 1s);
        CHECK(alerts.take_due(k_start + i * 1s).empty());
    }
    CHECK_FALSE(alerts.next_deadline());
}

TEST_CASE("what is solved before its time is not told")
{
    auto alerts = listening();
    alerts.wrong(problem("a"), k_start);
    alerts.well("a", k_start + 1s);
    CHECK(alerts.take_due(k_start + 1h).empty());
    CHECK(alerts.told().empty());
    CHECK_FALSE(alerts.next_deadline());
}

TEST_CASE("what is solved is taken back, and told again when it comes again")
{
    auto alerts = listening();
    alerts.wrong(problem("a"), k_start);
    CHECK(alerts.take_due(k_start + 2s).size() == 1);
    alerts.well("a", k_start + 3s);
    CHECK(worded(alerts.take_due(k_start + 4s)) == Strings{"-a"});
    alerts.wrong(problem("a"), k_start + 10s);
    CHECK(worded(alerts.take_due(k_start + 12s)) == Strings{"a: a"});
}

TEST_CASE("a restart tells nothing again, unless the problem was gone meanwhile")
{
    auto before = listening();
    before.wrong(problem("a"), k_start);
    before.wrong(problem("b"), k_start);
    CHECK(before.take_due(k_start + 2s).size() == 2);

    auto after = listening(before.told());
    after.wrong(problem("a"), k_start);
    after.well("b", k_start);
    CHECK(after.take_due(k_start + 1h).empty());
    after.wrong(problem("b"), k_start + 2h);
    CHECK(worded(after.take_due(k_start + 3h)) == Strings{"b: b"});
}

TEST_CASE("a waiting plan is told once for a problem that was told, in the same message")
{
    auto alerts = listening();
    alerts.wrong(problem("a"), k_start);
    CHECK(alerts.take_due(k_start + 2s).size() == 1);
    alerts.wrong(problem("a", {"cffi-backend-missing"}, "p1"), k_start + 5s);
    CHECK(worded(alerts.take_due(k_start + 7s)) == Strings{"a: a+plan"});

    SECTION("a newer plan for the same replaces what the open message offers")
    {
        alerts.wrong(problem("a", {"cffi-backend-missing"}, "p2"), k_start + 10s);
        const auto followed = alerts.take_due(k_start + 10500ms);
        REQUIRE(followed.size() == 1);
        CHECK(std::get<Tell>(followed[0]).problems[0].plan == "p2");
    }
    SECTION("a message that the person has closed stays closed")
    {
        alerts.dismissed("a");
        alerts.wrong(problem("a", {"cffi-backend-missing"}, "p2"), k_start + 10s);
        CHECK(alerts.take_due(k_start + 1h).empty());
        alerts.well("a", k_start + 2h);
        CHECK(alerts.take_due(k_start + 3h).empty());
    }
    SECTION("a plan that is gone is offered no more")
    {
        alerts.wrong_for_now(problem("a"), k_start + 10s);
        CHECK(worded(alerts.take_due(k_start + 11s)) == Strings{"a: a"});
    }
}

TEST_CASE("what is wrong while somebody installs is no news")
{
    auto alerts = listening();
    alerts.wrong_for_now(problem("a"), k_start);
    CHECK(alerts.take_due(k_start + 1h).empty());
    alerts.wrong(problem("a"), k_start + 2h);
    alerts.wrong_for_now(problem("a"), k_start + 2h);
    CHECK(worded(alerts.take_due(k_start + 3h)) == Strings{"a: a"});
}

TEST_CASE("a code is news where it was not told, and none where others went")
{
    auto alerts = listening();
    alerts.wrong(problem("a", {"x", "y"}), k_start);
    CHECK(alerts.take_due(k_start + 2s).size() == 1);
    alerts.dismissed("a");
    alerts.wrong(problem("a", {"x"}), k_start + 10s);
    CHECK(alerts.take_due(k_start + 20s).empty());
    alerts.wrong(problem("a", {"x", "z"}), k_start + 30s);
    CHECK(worded(alerts.take_due(k_start + 32s)) == Strings{"a: a"});
    alerts.wrong(problem("a", {"x", "y"}), k_start + 40s); // it was gone
    CHECK(worded(alerts.take_due(k_start + 42s)) == Strings{"a: a"});
}

TEST_CASE("many at once become one message, which follows them to the end")
{
    auto alerts = listening();
    for (const auto* id : {"a", "b", "c", "d"}) alerts.wrong(problem(id), k_start);
    CHECK(worded(alerts.take_due(k_start + 2s)) == Strings{": a b c d"});
    CHECK(alerts.told().size() == 4);

    alerts.wrong(problem("b", {"cffi-backend-missing"}, "p"), k_start + 3s);
    CHECK(worded(alerts.take_due(k_start + 5s)) == Strings{": a b+plan c d"});
    alerts.well("a", k_start + 6s);
    alerts.well("d", k_start + 6s);
    CHECK(worded(alerts.take_due(k_start + 7s)) == Strings{": b+plan c"});
    alerts.wrong(problem("e"), k_start + 8s);
    CHECK(worded(alerts.take_due(k_start + 10s)) == Strings{"e: e"});
    alerts.well("b", k_start + 11s);
    alerts.well("c", k_start + 11s);
    CHECK(worded(alerts.take_due(k_start + 12s)) == Strings{"-"});
}

TEST_CASE("more than three messages in a minute go on as one")
{
    auto alerts = listening();
    Strings told;
    for (int i = 0; i < 6; ++i) {
        const auto now = k_start + i * 5s;
        alerts.wrong(problem(std::string(1, static_cast<char>('a' + i))), now);
        for (auto& word : worded(alerts.take_due(now + 2s))) told.push_back(std::move(word));
    }
    CHECK(told == Strings{"a: a", "b: b", "c: c", ": d", ": d e", ": d e f"});
    alerts.wrong(problem("z"), k_start + 2min);
    CHECK(worded(alerts.take_due(k_start + 3min)) == Strings{"z: z"});
}

TEST_CASE("while it is being fixed nothing is told, and afterwards what is left")
{
    auto alerts = listening();
    alerts.wrong(problem("a"), k_start);
    alerts.unclear("a");
    CHECK(alerts.take_due(k_start + 10s).empty());
    SECTION("the fix worked")
    {
        alerts.well("a", k_start + 11s);
        CHECK(alerts.take_due(k_start + 1h).empty());
    }
    SECTION("the fix did not work")
    {
        alerts.wrong_for_now(problem("a"), k_start + 11s);
        CHECK(worded(alerts.take_due(k_start + 12s)) == Strings{"a: a"});
    }
}

TEST_CASE("where nobody listens it waits until somebody does")
{
    Alerts alerts;
    alerts.wrong(problem("a"), k_start);
    CHECK_FALSE(alerts.next_deadline());
    CHECK(alerts.take_due(k_start + 1h).empty());
    CHECK(alerts.told().empty());
    alerts.listen(true, k_start + 2h);
    CHECK(worded(alerts.take_due(k_start + 2h)) == Strings{"a: a"});

    alerts.listen(false, k_start + 3h); // the message went with whoever showed it
    CHECK(alerts.open().empty());
    alerts.listen(true, k_start + 3h);
    alerts.well("a", k_start + 4h);
    CHECK(alerts.take_due(k_start + 5h).empty());
}

TEST_CASE("what was told of environments that are gone is forgotten")
{
    auto alerts = listening({{"a", {.codes = {"x"}}}, {"b", {.codes = {"x"}}}});
    alerts.keep_only({"b", "c"});
    CHECK(alerts.told() == Telling{{"b", {.codes = {"x"}}}});
}

TEST_CASE("whatever happens, a problem is told once, a deadline gives something soon, and in the end nothing stays open")
{
    std::mt19937 random(20261122);
    const auto below = [&](unsigned n) { return random() % n; };
    for (int round = 0; round < 300; ++round) {
        auto alerts = listening();
        auto now = k_start;
        std::set<std::string> shown; // keys of the messages that are open
        const auto take = [&] {
            for (int spins = 0; alerts.next_deadline() && *alerts.next_deadline() <= now; ++spins) {
                REQUIRE(spins < 3);
                for (const auto& alert : alerts.take_due(now)) {
                    if (const auto* tell = std::get_if<Tell>(&alert)) {
                        REQUIRE_FALSE(tell->problems.empty());
                        shown.insert(tell->key);
                    } else {
                        REQUIRE(shown.erase(std::get<Withdraw>(alert).key) == 1);
                    }
                }
            }
        };
        for (int step = 0; step < 60; ++step) {
            const std::string id(1, static_cast<char>('a' + below(8)));
            switch (below(6)) {
            case 0:
            case 1: alerts.wrong(problem(id, {std::string(1, static_cast<char>('x' + below(2)))}, below(3) == 0 ? "p" : ""), now); break;
            case 2: alerts.well(id, now); break;
            case 3: alerts.unclear(id); break;
            case 4: alerts.wrong_for_now(problem(id), now); break;
            default:
                if (!shown.empty()) {
                    const auto key = *shown.begin();
                    shown.erase(key);
                    alerts.dismissed(key);
                }
            }
            now += std::chrono::milliseconds(below(1500));
            take();
        }
        for (char id = 'a'; id < 'i'; ++id) alerts.well(std::string(1, id), now);
        now += 1h;
        take();
        CHECK(shown.empty());
        CHECK(alerts.open().empty());
        CHECK(alerts.told().empty());
        CHECK_FALSE(alerts.next_deadline());
    }
}
