#include "policy/glob.hpp"
#include "policy/names.hpp"
#include "policy/units.hpp"
#include "policy/window.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <string>

using namespace envfix::policy;

TEST_CASE("a duration is read with its units, greatest first")
{
    using std::chrono::milliseconds;

    struct Case {
        std::string text;
        std::int64_t want; // milliseconds, -1: none
    };

    const auto given = GENERATE(values<Case>({
        {"50ms", 50},
        {"30s", 30'000},
        {"15m", 900'000},
        {"15min", 900'000},
        {"1h", 3'600'000},
        {"1h30m", 5'400'000},
        {"7d", 604'800'000},
        {"2w", 1'209'600'000},
        {"0s", 0},
        {"", -1},
        {"5", -1},
        {"h", -1},
        {"-1h", -1},
        {"1h1h", -1},
        {"1m1h", -1},
        {"1.5h", -1},
        {"1 h", -1},
        {"1h ", -1},
        {"9999999999999999s", -1},
        {"521w", 315'100'800'000},
        {"523w", -1},
        {"99999999999999w", -1},
        {"1H", -1},
    }));
    DYNAMIC_SECTION(given.text)
    {
        const auto read = parse_duration(given.text);
        CHECK(read.value_or(milliseconds(-1)) == milliseconds(given.want));
    }
}

TEST_CASE("a size is read in powers of 1024")
{
    CHECK(parse_size("0") == 0);
    CHECK(parse_size("512K") == 512U * 1024);
    CHECK(parse_size("8M") == 8U * 1024 * 1024);
    CHECK(parse_size("1GiB") == 1024U * 1024 * 1024);
    CHECK(parse_size("1024TiB") == std::uint64_t{1} << 50U);
    for (const auto* bad : {"", "G", "1GB", "-1", "1.5G", "1 G", "1025TiB", "99999999999999999"}) {
        CHECK_FALSE(parse_size(bad));
    }
}

TEST_CASE("a glob matches whole paths, and stars stay inside a component")
{
    struct Case {
        std::string glob;
        std::string path;
        bool want;
    };

    const auto given = GENERATE(values<Case>({
        {"/a/b", "/a/b", true},        {"/a/b", "/a/b/c", false},
        {"/a/*", "/a/b", true},        {"/a/*", "/a/b/c", false},
        {"/a/*", "/a/", true},         {"/a/b?", "/a/bc", true},
        {"/a/b?", "/a/b/", false},     {"/a/**", "/a", true},
        {"/a/**", "/a/b/c", true},     {"/a/**", "/ab", false},
        {"/a/**/c", "/a/c", true},     {"/a/**/c", "/a/x/y/c", true},
        {"/a/**/c", "/a/x/yc", false}, {"/a/**/c", "/ac", false},
        {"**/c", "/x/c", true},        {"**/c", "/x/cc", false},
        {"**/c", "c", true},           {"**", "/any/thing", true},
        {"/**", "/any/thing", true},   {"/a/*.d/*x*", "/a/b.d/yxz", true},
        {"/a/\\*", "/a/*", true},      {"/a/\\*", "/a/b", false},
        {"/a/**b", "/a/b", false},     {"", "", false},
    }));
    DYNAMIC_SECTION(given.glob << " " << given.path)
    {
        CHECK(glob_matches(given.glob, given.path) == given.want);
    }
}

TEST_CASE("a glob is refused where stars are no whole component")
{
    for (const auto* good : {"/a", "**", "/**", "a/**/b", "*", "\\?"})
        CHECK(is_glob(good));
    for (const auto* bad : {"", "/a**", "/**b", "***", "/a/b\\"})
        CHECK_FALSE(is_glob(bad));
    CHECK_FALSE(is_glob(std::string(1025, 'a')));
    CHECK(glob_matches(glob_escaped("/h*me/\\x?"), "/h*me/\\x?"));
}

TEST_CASE("a glob made to backtrack takes no longer than any other")
{
    std::string glob;
    for (int i = 0; i < 500; ++i)
        glob += "*a";
    const auto start = std::chrono::steady_clock::now();
    CHECK_FALSE(glob_matches(glob + "b", std::string(300, 'a')));
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(1));
}

TEST_CASE("a maintenance window says when it is open, and when next")
{
    constexpr int k_mon = 0;
    constexpr int k_fri = 4;
    constexpr int k_sat = 5;
    constexpr int k_sun = 6;

    struct Case {
        std::string window;
        LocalTime now;
        int minutes;
    };

    const auto given = GENERATE_COPY(values<Case>({
        {"Mon..Fri 09:00-18:00", {k_mon, 9 * 60}, 0},
        {"Mon..Fri 09:00-18:00", {k_mon, 18 * 60 - 1}, 0},
        {"Mon..Fri 09:00-18:00", {k_mon, 18 * 60}, 15 * 60},
        {"Mon..Fri 09:00-18:00", {k_fri, 18 * 60}, 63 * 60},
        {"Mon..Fri 09:00-18:00", {k_mon, 0}, 9 * 60},
        {"Sat,Sun", {k_sun, 1439}, 0},
        {"Sat,Sun", {k_fri, 1439}, 1},
        {"Fri..Mon", {k_sun, 0}, 0},
        {"22:00-06:00", {k_sun, 23 * 60}, 0},
        {"22:00-06:00", {k_mon, 5 * 60}, 0},
        {"22:00-06:00", {k_mon, 6 * 60}, 16 * 60},
        {"Sun 22:00-06:00", {k_mon, 5 * 60}, 0},
        {"Sun 22:00-06:00", {k_sun, 5 * 60}, 17 * 60},
        {"Mon 00:00-24:00", {k_mon, 1439}, 0},
        {"Mon 00:00-24:00", {k_sat, 0}, 2880},
    }));
    DYNAMIC_SECTION(given.window << " " << given.now.weekday << " " << given.now.minute)
    {
        const auto window = parse_window(given.window);
        REQUIRE(window);
        CHECK(minutes_until_open(*window, given.now) == given.minutes);
        CHECK(open_at(*window, given.now) == (given.minutes == 0));
    }
}

TEST_CASE("a window with any fault is refused")
{
    for (const auto* bad : {"", " ", "Mon ", "mon", "Mon-Fri", "Mon..", "Mon,,Tue", "9:00-18:00",
                            "09:00", "09:00-09:00", "24:00-06:00", "09:60-10:00", "25:00-26:00",
                            "Mon  09:00-18:00", "Mon 09:00-18:00 ", "09:00-18:00 Mon"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_window(bad));
    }
}

TEST_CASE("names that an option or a path could hide in are refused")
{
    CHECK(is_distribution_name("zope.interface"));
    CHECK(is_distribution_name("a"));
    for (const auto* bad : {"", "-r", "--index-url", "a-", "../a", "a b", "a;b", "é"}) {
        CHECK_FALSE(is_distribution_name(bad));
    }
    CHECK_FALSE(is_distribution_name(std::string(129, 'a')));
    CHECK(is_dotted_name("a._b.c3"));
    for (const auto* bad : {"", ".a", "a.", "a..b", "3a", "a-b", "a/b"})
        CHECK_FALSE(is_dotted_name(bad));
    CHECK(is_plain_name("reinstall-cffi-2"));
    for (const auto* bad : {"", "A", "-a", "a-", "a--b", "a_b", "a/b"})
        CHECK_FALSE(is_plain_name(bad));
}
