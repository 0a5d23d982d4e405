#include "engine/limits.hpp"
#include "policy/window.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <string>

// Environments that break themselves again after each fix, through 1,000 hours of pretended time. What the limits promise is
// counted here anew from the list of fixes, by nothing that the limits themselves use.

using namespace envfix;
using engine::Ceilings;
using engine::Leave;
using engine::PastFix;

namespace {

constexpr std::int64_t k_begin = 1'795'392'000; // Monday, 2026-11-23 00:00 UTC
constexpr std::int64_t k_hour = 3600;
constexpr std::int64_t k_day = 24 * k_hour;
constexpr std::int64_t k_end = k_begin + 1000 * k_hour;

policy::LocalTime local(std::int64_t now_s)
{
    const auto minutes = (now_s - k_begin) / 60;
    return {.weekday = static_cast<int>(minutes / 1440 % 7), .minute = static_cast<int>(minutes % 1440)};
}

struct World {
    std::vector<std::string> environments;
    std::vector<std::string> codes{"corrupt-binary", "cffi-backend-missing"};
    model::FixPolicy policy;
    Ceilings ceilings;
    std::vector<PastFix> history;
};

World world(std::mt19937& random)
{
    World made;
    const auto environments = 1 + random() % 12;
    for (unsigned i = 0; i < environments; ++i) made.environments.push_back("e" + std::to_string(i));
    made.policy.name = "p";
    made.policy.mode = model::PolicyMode::automatic;
    made.policy.attempts = 1 + static_cast<int>(random() % 6);
    made.policy.cooldown_s = static_cast<std::int64_t>(random() % 4) * k_hour;
    if (random() % 3 == 0) made.policy.window = "Mon..Fri 09:00-18:00";
    return made;
}

/// Looks at each environment every hour, and fixes wherever the limits let it. `works` in percent.
void live(World& world, std::mt19937& random, unsigned works)
{
    for (auto now = k_begin; now < k_end; now += k_hour) {
        for (const auto& environment : world.environments) {
            const std::vector<std::string> findings{world.codes[random() % world.codes.size()]};
            const engine::Intent intent{.policy = world.policy,
                                        .environment = environment,
                                        .findings = findings,
                                        .policy_approved = true};
            const auto verdict = engine::judge(intent, world.history, world.ceilings, now, local(now));
            if (verdict.leave == Leave::wait && verdict.until_s <= now) FAIL("it waits for what is past");
            if (verdict.leave != Leave::go) continue;
            world.history.push_back({environment, "p", findings, now, true, random() % 100 < works});
        }
    }
}

/// The most fixes within any span of this length, of those that `counts` takes.
template <typename Counts> std::size_t most_within(const World& world, std::int64_t span, Counts counts)
{
    std::vector<std::int64_t> times;
    for (const auto& fix : world.history) {
        if (counts(fix)) times.push_back(fix.at_s);
    }
    std::size_t most = 0;
    for (std::size_t first = 0, i = 0; i < times.size(); ++i) {
        while (times[first] <= times[i] - span) ++first;
        most = std::max(most, i - first + 1);
    }
    return most;
}

std::vector<PastFix> of(const World& world, const std::string& environment, const std::string& code)
{
    std::vector<PastFix> fixes;
    std::ranges::copy_if(world.history, std::back_inserter(fixes), [&](const PastFix& fix) {
        return fix.environment == environment && fix.findings.front() == code;
    });
    return fixes;
}

void check_one_finding(const World& world, const std::vector<PastFix>& fixes)
{
    int failures = 0;
    std::int64_t last = 0;
    std::int64_t interval = 0;
    for (const auto& fix : fixes) {
        CHECK(failures < world.policy.attempts); // else it was in quarantine
        if (last != 0) {
            CHECK(fix.at_s - last >= k_day); // once in 24 hours without a person
            CHECK(fix.at_s - last >= interval);
        }
        failures = fix.worked ? 0 : failures + 1;
        interval = world.policy.cooldown_s;
        for (int i = 1; i < failures; ++i) interval = std::min(2 * interval, k_day);
        last = fix.at_s;
    }
}

} // namespace

TEST_CASE("through a thousand hours there are never more fixes than the limits say")
{
    const unsigned works = GENERATE(0U, 50U, 100U);
    const int worlds = std::getenv("ENVFIX_LONG_TESTS") != nullptr ? 200 : 2;
    for (int number = 0; number < worlds; ++number) {
        std::mt19937 random(static_cast<unsigned>(number)); // NOLINT: the same worlds each time
        auto made = world(random);
        live(made, random, works);
        INFO("world " << number << ", " << works << " % work, " << made.environments.size() << " environments, window '"
                      << made.policy.window << "'");
        CHECK_FALSE(made.history.empty());
        CHECK(most_within(made, k_hour, [](const PastFix&) { return true; }) <= 30);
        CHECK(most_within(made, k_hour, [](const PastFix& fix) { return !fix.worked; }) <= 5);
        for (const auto& environment : made.environments) {
            CHECK(most_within(made, k_day, [&](const PastFix& fix) { return fix.environment == environment; }) <= 3);
            for (const auto& code : made.codes) check_one_finding(made, of(made, environment, code));
        }
        if (made.policy.window.empty()) continue;
        for (const auto& fix : made.history) {
            const auto at = local(fix.at_s);
            CHECK((at.weekday < 5 && at.minute >= 9 * 60 && at.minute < 18 * 60));
        }
    }
}

TEST_CASE("without a limit of a day the cooldown still grows with each failure, up to a day")
{
    model::FixPolicy policy;
    policy.name = "p";
    policy.mode = model::PolicyMode::automatic;
    policy.attempts = 100;
    policy.cooldown_s = k_hour;
    const std::vector<std::string> findings{"corrupt-binary"};
    std::vector<PastFix> history;
    std::vector<std::int64_t> waits;
    for (int i = 0; i < 8; ++i) {
        // A person's own tries fail as well, and are not counted as automatic ones.
        history.push_back({"e", "p", findings, k_begin, false, false});
        const engine::Intent intent{.policy = policy, .environment = "e", .findings = findings, .policy_approved = true};
        const auto verdict = engine::judge(intent, history, {.fixes_per_day = 1000}, k_begin, {});
        REQUIRE(verdict.leave == Leave::wait);
        waits.push_back(verdict.until_s - k_begin);
    }
    CHECK(waits == std::vector<std::int64_t>{1 * k_hour, 2 * k_hour, 4 * k_hour, 8 * k_hour, 16 * k_hour, k_day, k_day, k_day});
}

TEST_CASE("a clock that is put back or forward by ten years lets nothing through that the limits hold back")
{
    model::FixPolicy policy;
    policy.name = "p";
    policy.mode = model::PolicyMode::automatic;
    policy.attempts = 2;
    policy.cooldown_s = k_hour;
    const std::vector<std::string> findings{"corrupt-binary"};
    const engine::Intent intent{.policy = policy, .environment = "e", .findings = findings, .policy_approved = true};
    constexpr std::int64_t k_ten_years = 10 * 365 * k_day;

    // Ten years back: what was just tried counts as tried now.
    const std::vector<PastFix> tried{{"e", "p", findings, k_begin, true, false}};
    const auto back = engine::judge(intent, tried, {}, k_begin - k_ten_years, {});
    CHECK(back.leave == Leave::wait);
    CHECK(back.until_s <= k_begin - k_ten_years + k_day); // and holds for a day at most, not for ten years

    // Ten years forward: time has passed by all that we know, but quarantine is not over by time.
    auto failed = tried;
    failed.push_back({"e", "p", findings, k_begin + 1, true, false});
    CHECK(engine::judge(intent, failed, {}, k_begin + k_ten_years, {}).leave == Leave::quarantined);
    CHECK(engine::judge(intent, failed, {}, k_begin - k_ten_years, {}).leave == Leave::quarantined);
}
