#include "engine/settle.hpp"
#include "support/catch.hpp"

#include <random>
#include <string>

using namespace envfix::engine;
using namespace std::chrono_literals;

namespace {

constexpr TimePoint k_start{1h};

struct Step {
    std::chrono::milliseconds at;
    Sight sight;
    std::string name;
};

struct Taken {
    std::chrono::milliseconds at;
    Why why;
    bool may_repair = true;

    bool operator==(const Taken&) const = default;
};

/// Plays the steps, and takes what is settled at the moment that next_deadline() names, as the
/// caller does.
std::vector<Taken> played(const std::vector<Step>& steps)
{
    Settler settler;
    std::vector<Taken> taken;
    const auto take_until = [&](TimePoint limit) {
        for (auto due = settler.next_deadline(); due && *due <= limit;
             due = settler.next_deadline()) {
            const auto settled = settler.take_settled(*due);
            REQUIRE(settled.size() == 1); // a deadline that gives nothing would spin
            taken.push_back({std::chrono::duration_cast<std::chrono::milliseconds>(*due - k_start),
                             settled[0].why, settled[0].may_repair});
        }
    };
    for (const auto& step : steps) {
        take_until(k_start + step.at -
                   1ms); // events of one moment are drained before anything is judged
        settler.note({"e", step.sight, step.name}, k_start + step.at);
    }
    take_until(k_start + 1h);
    return taken;
}

std::string text(const std::vector<Taken>& taken)
{
    std::string line;
    for (const auto& one : taken) {
        line += std::to_string(one.at.count()) + " " + std::string(to_string(one.why)) +
                (one.may_repair ? "; " : " hands off; ");
    }
    return line;
}

struct Case {
    std::string name;
    std::vector<Step> steps;
    std::string want;
};

} // namespace

TEST_CASE("a burst settles once, by what lies there and not by silence alone")
{
    const auto given = GENERATE(values<Case>({
        {"one change", {{0ms, Sight::other, ""}}, "50 change; "},
        {"changes in a row",
         {{0ms, Sight::other, ""}, {40ms, Sight::other, ""}, {80ms, Sight::other, ""}},
         "130 change; "},
        {"an install with eight seconds of compiling",
         {{0ms, Sight::metadata_appeared, "cffi"},
          {8'000ms, Sight::installer_appeared, "cffi"},
          {8'010ms, Sight::record_appeared, "cffi"}},
         "8060 change; "},
        {"two packages, one after the other",
         {{0ms, Sight::metadata_appeared, "a"},
          {30ms, Sight::metadata_appeared, "b"},
          {60ms, Sight::record_appeared, "a"},
          {900ms, Sight::record_appeared, "b"}},
         "950 change; "},
        {"a dist-info of Debian, which has no RECORD",
         {{0ms, Sight::metadata_appeared, "a"}, {20ms, Sight::installer_appeared, "a"}},
         "70 change; "},
        {"an exchange by pip",
         {{0ms, Sight::leftover_appeared, "~ffi"},
          {1ms, Sight::metadata_vanished, "cffi-1"},
          {2ms, Sight::compiled_vanished, ""},
          {300ms, Sight::metadata_appeared, "cffi-2"},
          {400ms, Sight::record_appeared, "cffi-2"},
          {410ms, Sight::leftover_vanished, "~ffi"}},
         "460 change; "},
        {"an exchange whose first sign is a file that goes",
         {{0ms, Sight::compiled_vanished, ""},
          {0ms, Sight::leftover_appeared, "~ffi"},
          {100ms, Sight::leftover_vanished, "~ffi"}},
         "150 change; "},
        {"a compiled file that vanishes", {{0ms, Sight::compiled_vanished, ""}}, "0 damage; "},
        {"a dist-info that vanishes", {{0ms, Sight::metadata_vanished, "a"}}, "0 damage; "},
        {"an interpreter that vanishes", {{0ms, Sight::interpreter_gone, ""}}, "0 damage; "},
        {"a removal by an installer that was seen",
         {{0ms, Sight::installer_started, ""},
          {1ms, Sight::metadata_vanished, "a"},
          {500ms, Sight::installer_ended, ""}},
         "51 change hands off; 550 change; "},
        {"a pip that was killed: nothing is unfinished longer than ten seconds of silence",
         {{0ms, Sight::leftover_appeared, "~ffi"}, {2'000ms, Sight::other, ""}},
         "12000 unfinished; "},
        {"an install that was killed",
         {{0ms, Sight::metadata_appeared, "a"}},
         "10000 unfinished; "},
        {"an installer that runs and is silent: judged, not repaired",
         {{0ms, Sight::installer_started, ""},
          {1ms, Sight::metadata_appeared, "a"},
          {20'000ms, Sight::record_appeared, "a"},
          {20'300ms, Sight::installer_ended, ""}},
         "10001 unfinished hands off; 20050 change hands off; 20350 change; "},
        {"the leftover that was judged is no work in progress any more",
         {{0ms, Sight::leftover_appeared, "~ffi"}, {15'000ms, Sight::other, ""}},
         "10000 unfinished; 15050 change; "},
        {"an unfinished dist-info that is taken back",
         {{0ms, Sight::metadata_appeared, "a"}, {10ms, Sight::metadata_vanished, "a"}},
         "60 change; "},
        {"a look that was asked for", {{0ms, Sight::look, ""}}, "0 change; "},
        {"a look in the middle of an install does not end it, nor its silence",
         {{0ms, Sight::metadata_appeared, "a"}, {9'000ms, Sight::look, ""}},
         "10000 unfinished; "},
        {"an installer that starts and does nothing",
         {{0ms, Sight::installer_started, ""}, {10ms, Sight::installer_ended, ""}},
         "60 change; "},
    }));
    DYNAMIC_SECTION(given.name)
    {
        CHECK(text(played(given.steps)) == given.want);
    }
}

TEST_CASE("somebody who never stops writing does not keep us from looking")
{
    std::vector<Step> steps;
    for (int i = 0; i < 1000; ++i)
        steps.push_back({i * 25ms, Sight::other, ""});
    CHECK(played(steps).front() == Taken{10'000ms, Why::change, true});
}

TEST_CASE("damage is given out before changes, and each environment for itself")
{
    Settler settler;
    settler.note({"a", Sight::other, ""}, k_start);
    settler.note({"b", Sight::metadata_appeared, "x"}, k_start);
    settler.note({"c", Sight::compiled_vanished, ""}, k_start + 50ms);
    CHECK(settler.in_progress("b"));
    CHECK_FALSE(settler.in_progress("a"));
    CHECK(settler.take_settled(k_start + 50ms) ==
          std::vector<Settled>{{"c", Why::damage, true}, {"a", Why::change, true}});
    CHECK(settler.take_settled(k_start + 50ms).empty());
    settler.forget("b");
    CHECK_FALSE(settler.next_deadline());
}

TEST_CASE("the end of an installer is looked for where it was judged while it worked")
{
    Settler settler;
    settler.note({"e", Sight::installer_started, ""}, k_start);
    settler.note({"e", Sight::compiled_vanished, ""}, k_start);
    CHECK(settler.with_installer().empty()); // it is looked for when this is settled
    const auto first = settler.take_settled(k_start + 50ms);
    REQUIRE(first.size() == 1);
    CHECK_FALSE(first[0].may_repair);
    CHECK(settler.with_installer() == std::vector<std::string>{"e"});
    CHECK_FALSE(settler.next_deadline());
    settler.note({"e", Sight::installer_ended, ""}, k_start + 2s);
    CHECK(settler.with_installer().empty());
    const auto again = settler.take_settled(k_start + 2s + 50ms);
    REQUIRE(again.size() == 1);
    CHECK(again[0].may_repair);
    CHECK(settler.with_installer().empty());
}

TEST_CASE("whatever happens, nothing is forgotten, judged twice or repaired under an installer")
{
    std::mt19937 random(4711); // NOLINT: the same walk each time
    const std::vector<std::string> environments{"a", "b", "c"};
    const std::vector<std::string> names{"x", "y"};
    Settler settler;
    std::map<std::string, bool> dirty;
    std::map<std::string, bool> installer;
    auto now = k_start;
    for (int i = 0; i < 100'000; ++i) {
        now += std::chrono::milliseconds(random() % 100 == 0 ? 11'000 : random() % 60);
        const auto deadline = settler.next_deadline();
        const auto settled = settler.take_settled(now);
        CHECK(settled.empty() == !(deadline && *deadline <= now));
        for (const auto& one : settled) {
            CHECK(dirty[one.environment]);
            CHECK(one.may_repair == !installer[one.environment]);
            dirty[one.environment] = false;
        }
        const auto& environment = environments[random() % environments.size()];
        const auto sight = static_cast<Sight>(random() % 12);
        settler.note({environment, sight, names[random() % names.size()]}, now);
        if (sight == Sight::installer_started) installer[environment] = true;
        if (sight == Sight::installer_ended) installer[environment] = false;
        if (sight != Sight::installer_started) dirty[environment] = true;
        if (installer[environment]) CHECK(settler.in_progress(environment));
    }
    now += 11s;
    for (const auto& one : settler.take_settled(now))
        dirty[one.environment] = false;
    for (const auto& [environment, is_dirty] : dirty)
        CHECK_FALSE(is_dirty);
    CHECK_FALSE(settler.next_deadline());
}
