#include "pep/version.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace envfix;
using pep::Version;

namespace {

Version version(std::string_view text)
{
    auto parsed = Version::parse(text);
    INFO(text);
    REQUIRE(parsed);
    return *std::move(parsed);
}

// Ascending, no two equal.
const std::vector<std::string> k_ordered{"0.dev0",
                                         "0",
                                         "1.0.dev456",
                                         "1.0a1.dev1",
                                         "1.0a1",
                                         "1.0a1.post1.dev1",
                                         "1.0a1.post1",
                                         "1.0a2",
                                         "1.0b1",
                                         "1.0rc1.dev1",
                                         "1.0rc1",
                                         "1.0",
                                         "1.0+abc",
                                         "1.0+abc.5",
                                         "1.0+abc.7",
                                         "1.0+abd",
                                         "1.0+5",
                                         "1.0+5.a",
                                         "1.0+10",
                                         "1.0+99999999999999999999",
                                         "1.0.post1.dev1",
                                         "1.0.post1",
                                         "1.0.1",
                                         "1.1.dev1",
                                         "1.1",
                                         "1.239",
                                         "1.240",
                                         "1.255",
                                         "1.256",
                                         "1.65536",
                                         "1.9999999999999999999",
                                         "1.10000000000000000000",
                                         "1.99999999999999999999999",
                                         "1.100000000000000000000000",
                                         "2",
                                         "1!0.dev0",
                                         "1!1",
                                         "10!0"};

} // namespace

TEST_CASE("a version prints in normal form")
{
    struct Case {
        std::string text, want;
    };

    const auto c = GENERATE(values<Case>({
        {"1.0", "1.0"},
        {"v1.0", "1.0"},
        {" \u00a0V1.0\u2003\x1c", "1.0"},
        {"01.002.0", "1.2.0"},
        {"1.0-ALPHA", "1.0a0"},
        {"1.0c1", "1.0rc1"},
        {"1.0_preview.3", "1.0rc3"},
        {"1.0a-", "1.0a0"},
        {"1.0-1", "1.0.post1"},
        {"1.0r", "1.0.post0"},
        {"1.0.rev-4", "1.0.post4"},
        {"1.0a--1", "1.0a0.post1"},
        {"1.0DEV", "1.0.dev0"},
        {"0!1", "1"},
        {"0012!1", "12!1"},
        {"1.0+Ubuntu_01-X", "1.0+ubuntu.1.x"},
        {"1.0+00000000000000000000000", "1.0+0"},
        {"1.100000000000000000000000000a1", "1.100000000000000000000000000a1"},
        {"0.0.0", "0.0.0"},
    }));
    DYNAMIC_SECTION(c.text)
    {
        CHECK(version(c.text).to_string() == c.want);
    }
}

TEST_CASE("text that is no version is refused at the byte where it stops being one")
{
    struct Case {
        std::string text, at;
    };

    const auto c = GENERATE(values<Case>({
        {"", "byte 0"},
        {"foo", "byte 0"},
        {"  foo", "byte 2"},
        {"1.0-", "byte 3"},
        {"1.0_1", "byte 3"},
        {"1.0.", "byte 3"},
        {"1.0+", "byte 3"},
        {"1.0+a+", "byte 5"},
        {"1.0+a..b", "byte 5"},
        {"1!", "byte 0"},
        {"vv1", "byte 0"},
        {"1.0 2", "byte 3"},
        {"1.0.po\u017ft1", "byte 3"},
        {"1.\u0661", "byte 1"},
        {std::string("1.0\0", 4), "byte 3"},
    }));
    DYNAMIC_SECTION(c.text)
    {
        const auto parsed = Version::parse(c.text);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().code == ErrorCode::malformed);
        CHECK_THAT(parsed.error().message, ContainsSubstring(c.at + ":"));
    }
}

TEST_CASE("versions are in one total order")
{
    for (std::size_t i = 0; i < k_ordered.size(); ++i) {
        for (std::size_t j = 0; j < k_ordered.size(); ++j) {
            INFO(k_ordered[i] << " and " << k_ordered[j]);
            const auto order = version(k_ordered[i]) <=> version(k_ordered[j]);
            CHECK((order < 0) == (i < j));
            CHECK((order == 0) == (i == j));
            CHECK((version(k_ordered[i]) == version(k_ordered[j])) == (i == j));
        }
    }
}

TEST_CASE("trailing zeros of the release do not tell versions apart")
{
    CHECK(version("1") == version("1.0.0"));
    CHECK(version("0") == version("0.0"));
    CHECK(version("1.0a1") == version("1a1"));
    CHECK(version("1.0.1") != version("1.1"));
    CHECK(std::hash<Version>{}(version("1")) == std::hash<Version>{}(version("1.0")));
    CHECK(version("1.0").canonical() == "1");
    CHECK(version("0.0").canonical() == "0");
    CHECK_FALSE(version("1").same_spelling(version("1.0")));
}

TEST_CASE("a version read from its normal form is the same version")
{
    for (const auto& text : k_ordered) {
        const auto first = version(text);
        CHECK(version(first.to_string()).same_spelling(first));
        CHECK(version(first.canonical()) == first);
    }
}

TEST_CASE("a version tells its parts")
{
    const auto v = version("1!2.0a3.post4.dev5+x.6");
    CHECK(v.epoch() == "1");
    CHECK(v.release() == std::vector<std::string>{"2", "0"});
    CHECK(v.pre() == std::pair<std::string, std::string>{"a", "3"});
    CHECK(v.post() == "4");
    CHECK(v.dev() == "5");
    CHECK(v.local() == "x.6");
    CHECK(v.public_version() == "1!2.0a3.post4.dev5");
    CHECK(v.base_version() == "1!2.0");
    CHECK(v.is_prerelease());
    CHECK(v.is_postrelease());
    CHECK(v.is_devrelease());

    const auto plain = version("0.0");
    CHECK(plain.release() == std::vector<std::string>{"0", "0"});
    CHECK_FALSE(plain.pre());
    CHECK_FALSE(plain.post());
    CHECK_FALSE(plain.dev());
    CHECK_FALSE(plain.local());
    CHECK_FALSE(plain.is_prerelease());
    CHECK(version("1.dev0").is_prerelease());
    CHECK_FALSE(version("1.dev0").pre());
}

TEST_CASE("a version of a hundred thousand digits is read in one go")
{
    const std::string digits(100'000, '7');
    const auto v = version("1." + digits + "+" + digits);
    CHECK(v.to_string() == "1." + digits + "+" + digits);
    CHECK(v < version("1." + digits + "8"));
}
