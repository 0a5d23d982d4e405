#include "engine/limits.hpp"
#include "support/catch.hpp"

#include <string>

using namespace envfix;
using engine::Ceilings;
using engine::Intent;
using engine::judge;
using engine::Leave;
using engine::PastFix;

namespace {

constexpr std::int64_t k_now = 1'795'338'000; // Sunday, 2026-11-22 09:00 UTC
constexpr std::int64_t k_hour = 3600;
constexpr std::int64_t k_day = 24 * k_hour;
constexpr policy::LocalTime k_local{.weekday = 6, .minute = 9 * 60};

model::FixPolicy automatic()
{
    model::FixPolicy made;
    made.name = "p";
    made.mode = model::PolicyMode::automatic;
    made.attempts = 3;
    made.cooldown_s = k_hour;
    return made;
}

PastFix past(std::int64_t ago_s, bool worked, bool by_itself = true,
             std::string code = "corrupt-binary")
{
    return {.environment = "e",
            .policy = "p",
            .findings = {std::move(code)},
            .at_s = k_now - ago_s,
            .automatic = by_itself,
            .worked = worked};
}

const std::vector<std::string> k_findings{"corrupt-binary"};

Intent intent(const model::FixPolicy& policy)
{
    return {.policy = policy,
            .environment = "e",
            .findings = k_findings,
            .policy_approved = true,
            .by_person = false,
            .held = {},
            .released_s = 0};
}

std::string text(const engine::Verdict& verdict)
{
    auto line = std::string(engine::to_string(verdict.leave));
    if (verdict.leave == Leave::wait) line += " " + std::to_string(verdict.until_s - k_now);
    return line;
}

struct Case {
    std::string name;
    std::vector<PastFix> history;
    std::string want; ///< what is left, and for how many seconds from now
};

} // namespace

TEST_CASE("the past says when a policy may act again")
{
    const auto given = GENERATE(values<Case>({
        {"no past", {}, "go"},
        {"it worked ten minutes ago", {past(600, true, false)}, "wait 3000"},
        {"it worked an hour ago, by a person", {past(k_hour, true, false)}, "go"},
        {"one failure: the cooldown", {past(600, false, false)}, "wait 3000"},
        {"two failures in a row: twice the cooldown",
         {past(5000, false, false), past(600, false, false)},
         "wait 6600"},
        {"a failure that a success followed",
         {past(90'000, false, false), past(9000, true, false), past(4000, false, false)},
         "go"},
        {"as many failures as attempts",
         {past(900, false), past(600, false), past(300, false)},
         "quarantined"},
        {"failures of another policy",
         {{"e", "q", {"corrupt-binary"}, k_now - 9, false, false},
          {"e", "q", {"corrupt-binary"}, k_now - 8, false, false}},
         "go"},
        {"failures of another environment",
         {{"f", "p", {"corrupt-binary"}, k_now - 9, false, false}},
         "go"},
        {"an automatic try of this finding within a day", {past(20 * k_hour, true)}, "wait 14400"},
        {"an automatic try of this finding a day ago", {past(k_day, true)}, "go"},
        {"an automatic try of another finding",
         {past(20 * k_hour, true, true, "wrong-architecture")},
         "go"},
        {"three fixes within a day",
         {past(20 * k_hour, true, false, "x"), past(10 * k_hour, true, false, "y"),
          past(5 * k_hour, true, false, "z")},
         "wait 14400"},
        {"the clock was put back: the future counts as now",
         {past(-1000 * k_day, true)},
         "wait 3600"},
    }));
    DYNAMIC_SECTION(given.name)
    {
        const auto policy = automatic();
        CHECK(text(judge(intent(policy), given.history, {}, k_now, k_local)) == given.want);
    }
}

TEST_CASE("who may act is decided before when")
{
    auto policy = automatic();
    auto asked = intent(policy);
    SECTION("mode observe only tells")
    {
        policy.mode = model::PolicyMode::observe;
        CHECK(judge(asked, {}, {}, k_now, k_local).leave == Leave::observe);
    }
    SECTION("mode ask asks")
    {
        policy.mode = model::PolicyMode::ask;
        CHECK(judge(asked, {}, {}, k_now, k_local).leave == Leave::ask);
    }
    SECTION("an unapproved policy asks, even in mode auto")
    {
        asked.policy_approved = false;
        CHECK(judge(asked, {}, {}, k_now, k_local).leave == Leave::ask);
    }
    SECTION("the configuration can forbid all automatic fixes")
    {
        CHECK(judge(asked, {}, {.automatic = false}, k_now, k_local).leave == Leave::ask);
    }
    SECTION("a daemon whose sandbox does not hold asks, and does what a person asked for")
    {
        CHECK(judge(asked, {}, {.contained = false}, k_now, k_local).leave == Leave::ask);
        asked.by_person = true;
        CHECK(judge(asked, {}, {.contained = false}, k_now, k_local).leave == Leave::go);
    }
    SECTION("no fix a day means none")
    {
        CHECK(text(judge(asked, {}, {.fixes_per_day = 0}, k_now, k_local)) == "wait 86400");
    }
    SECTION("a hold stops a person, too")
    {
        asked.by_person = true;
        asked.held = "release week";
        const auto verdict = judge(asked, {}, {}, k_now, k_local);
        CHECK(verdict.leave == Leave::observe);
        CHECK(verdict.why == "It is held: release week.");
    }
    SECTION("a person does not wait, and is stopped by quarantine")
    {
        asked.by_person = true;
        asked.policy_approved = false;
        policy.window = "Mon 03:00-04:00";
        std::vector<PastFix> history{past(300, false), past(200, false)};
        CHECK(judge(asked, history, {}, k_now, k_local).leave == Leave::go);
        history.push_back(past(100, false));
        CHECK(judge(asked, history, {}, k_now, k_local).leave == Leave::quarantined);
        asked.released_s = k_now - 50;
        CHECK(judge(asked, history, {}, k_now, k_local).leave == Leave::go);
    }
    SECTION("outside of its window a policy waits for the minute in which it opens")
    {
        policy.window = "Mon..Fri 09:00-18:00";
        CHECK(text(judge(asked, {}, {}, k_now, k_local)) == "wait 86400");
        CHECK(text(judge(asked, {}, {}, k_now + 59, k_local)) == "wait 86400");
        CHECK(judge(asked, {}, {}, k_now, {.weekday = 0, .minute = 540}).leave == Leave::go);
    }
}

TEST_CASE("the breaker stops all environments")
{
    const auto policy = automatic();
    std::vector<PastFix> history;
    for (int i = 0; i < 5; ++i) {
        history.push_back({"other" + std::to_string(i), "p", {"x"}, k_now - 600 * i, true, false});
    }
    CHECK(text(judge(intent(policy), history, {}, k_now, k_local)) == "wait 1200");
    history.back().worked = true;
    CHECK(judge(intent(policy), history, {}, k_now, k_local).leave == Leave::go);
}

TEST_CASE("an environment that breaks itself again and again is not fixed for ever")
{
    auto policy = automatic();
    policy.cooldown_s = 0;
    policy.attempts = 10;
    const bool works = GENERATE(true, false);
    std::vector<PastFix> history;
    int in_a_day = 0;
    int most_in_a_day = 0;
    std::int64_t day_began = k_now;
    for (std::int64_t now = k_now; now < k_now + 1000 * k_hour; now += 600) { // broken each time
        if (now - day_began >= k_day) {
            day_began = now;
            in_a_day = 0;
        }
        if (judge(intent(policy), history, {}, now, k_local).leave != Leave::go) continue;
        history.push_back({"e", "p", {"corrupt-binary"}, now, true, works});
        most_in_a_day = std::max(most_in_a_day, ++in_a_day);
    }
    CHECK(most_in_a_day == 1);
    CHECK(history.size() ==
          (works ? 42 : 10)); // 1,000 hours are 41.7 days; ten failures are the attempts
}
