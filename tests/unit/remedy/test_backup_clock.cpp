#include "remedy/backup.hpp"
#include "remedy/backup_clock.hpp"
#include "support/catch.hpp"

#include <optional>

using namespace envfix;
using remedy::BackupClock;

namespace {

constexpr std::int64_t k_hour = 3'600;
constexpr std::int64_t k_day = 24 * k_hour;
constexpr std::int64_t k_ten_years = 3'652 * k_day;
constexpr std::int64_t k_today = 1'800'000'000;

/// A machine that sweeps every hour; its wall clock can be set.
struct Machine {
    BackupClock clock;
    std::int64_t boot_s = 100;
    std::int64_t wall_s = k_today;

    std::optional<std::int64_t> sweep(std::int64_t passes_s)
    {
        boot_s += passes_s;
        wall_s += passes_s;
        return clock.at(wall_s, boot_s);
    }

    /// Whether a sweep of that moment takes a backup that was made at `made_s`.
    bool takes(std::int64_t made_s, std::int64_t passes_s = k_hour)
    {
        const auto now = sweep(passes_s);
        remedy::Backup backup;
        backup.run = "a";
        backup.made_s = made_s;
        return now && !remedy::expired_backups({backup}, *now).empty();
    }
};

} // namespace

TEST_CASE("a backup is kept its time, and then it goes")
{
    Machine machine;
    for (int hour = 0; hour < 7 * 24; ++hour)
        REQUIRE_FALSE(machine.takes(k_today));
    CHECK(machine.takes(k_today, 2 * k_hour));
}

TEST_CASE("a clock that is set ten years ahead drops no backup for a day, and none when it is set right before")
{
    Machine machine;
    machine.sweep(0);
    machine.sweep(2 * k_hour);
    machine.wall_s += k_ten_years;
    for (int hour = 0; hour < 23; ++hour)
        REQUIRE_FALSE(machine.takes(k_today));
    SECTION("it is set right")
    {
        machine.wall_s -= k_ten_years;
        CHECK_FALSE(machine.takes(k_today));
        machine.wall_s += k_ten_years; // and wrong again: the day begins anew
        for (int hour = 0; hour < 23; ++hour)
            REQUIRE_FALSE(machine.takes(k_today));
    }
    SECTION("it stays: then it was wrong before")
    {
        CHECK(machine.takes(k_today, 2 * k_hour));
    }
    SECTION("it jumps once more")
    {
        machine.wall_s += k_ten_years;
        CHECK_FALSE(machine.takes(k_today, 2 * k_hour));
        CHECK_FALSE(machine.takes(k_today, 2 * k_hour));
    }
}

TEST_CASE("nothing is old by a clock that has just been seen first")
{
    Machine machine;
    CHECK_FALSE(machine.takes(k_today - k_ten_years, 0));
    CHECK_FALSE(machine.takes(k_today - k_ten_years, k_hour / 2));
    CHECK(machine.takes(k_today - k_ten_years, k_hour));
}

TEST_CASE("backups age while the machine sleeps, and a clock that drifts or is set back makes none old")
{
    Machine machine;
    machine.sweep(0);
    CHECK_FALSE(machine.takes(k_today, 6 * k_day));
    machine.wall_s += 60;
    CHECK(machine.takes(k_today, k_day)); // the time since boot counts a suspended machine's time
    machine.wall_s -= k_ten_years;
    CHECK_FALSE(machine.takes(k_today));
}
