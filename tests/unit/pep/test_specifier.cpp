#include "pep/specifier_set.hpp"
#include "support/catch.hpp"

using namespace envfix;
using pep::Specifier;
using pep::SpecifierSet;

namespace {

SpecifierSet set(std::string_view text)
{
    auto parsed = SpecifierSet::parse(text);
    INFO(text);
    REQUIRE(parsed);
    return *std::move(parsed);
}

} // namespace

TEST_CASE("each operator takes the versions that PEP 440 gives it")
{
    struct Case {
        std::string clause;
        std::vector<std::string> in, out;
    };

    const auto c = GENERATE(values<Case>({
        {"==1.0", {"1", "1.0.0", "1.0+x"}, {"1.0a1", "1.0.post1", "1.0.1", "1!1.0"}},
        {"==1.0+x", {"1.0+X", "1+x"}, {"1.0", "1.0+x.1"}},
        {"!=1.0", {"1.0a1", "1.0.post1"}, {"1.0", "1.0+x"}},
        {"==1.1.*",
         {"1.1a1", "1.1.dev0", "1.1", "1.1.post1", "1.1+x", "1.1.9"},
         {"1!1.1", "1.10", "1.2.dev0"}},
        {"==1.9.*", {"1.9.9"}, {"1.10.dev0", "1.10"}},
        {"==99999999999999999999.*", {"99999999999999999999.1"}, {"100000000000000000000.dev0"}},
        {"==1.0.*", {"1", "1.0.5"}, {"1.1"}},
        {"!=1.1.*", {"1.0", "1.2"}, {"1.1.3"}},
        {">1.0", {"1.0.1", "1.1a1"}, {"1.0", "1.0.post1", "1.0+x", "1.0.post1+x"}},
        {">1.0a1", {"1.0a2", "1.0a2+l", "1.0", "1.0.post0"}, {"1.0a1.post1", "1.0a1+x"}},
        {">1.0.post1", {"1.0.post2", "1.0.post2.dev0"}, {"1.0.post1+x", "1.0.post1"}},
        {">1.0.dev1", {"1.0.dev2", "1.0a1"}, {"1.0.dev1+x"}},
        {"<1.0", {"0.9", "0.9.post1"}, {"1.0a1", "1.0.dev0", "1.0"}},
        {"<1.0a2", {"1.0a1", "1.0a2.dev0"}, {"1.0a2"}},
        {"<1.0.post1", {"1.0", "1.0a1", "1.0+x"}, {"1.0.post1", "1.0.post1.dev0"}},
        {">=1.0", {"1.0", "1.0+x", "1.0.post1"}, {"1.0rc1"}},
        {"<=1.0", {"1.0", "1.0+x"}, {"1.0.post1", "1.0.post1.dev0"}},
        {"~=2.2.post3", {"2.2.post3", "2.9"}, {"2.2", "3.dev0", "1!2.3"}},
        {"~=1.4.5.0", {"1.4.5.9"}, {"1.4.6"}},
        {"~=v1.0", {"1.5"}, {"2.0a1"}},
        {"===1.0", {"1.0"}, {"1.0.0", "1.0+x", " 1.0"}},
        {"===FooBar", {"foobar"}, {"foo"}},
        {"===", {""}, {"1"}},
    }));
    DYNAMIC_SECTION(c.clause)
    {
        const auto one = set(c.clause);
        for (const auto& version : c.in) {
            INFO(version);
            CHECK(one.contains(version, true));
        }
        for (const auto& version : c.out) {
            INFO(version);
            CHECK_FALSE(one.contains(version, true));
        }
    }
}

TEST_CASE("text that is no specifier is refused with its place")
{
    const auto text =
        GENERATE(as<std::string>{}, "1.0", "=>1", ">=1 <2", ">=1.*", ">=1+l", "~=1", "==1a1.*",
                 "==1.*.*", "=1", ">", "===a b", "===a;b", "> =1", ">=1.0,foo", "~=1.\u0660");
    DYNAMIC_SECTION(text)
    {
        const auto parsed = SpecifierSet::parse(text);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().code == ErrorCode::malformed);
        CHECK_THAT(parsed.error().message, ContainsSubstring("at byte"));
    }
}

TEST_CASE("a set prints sorted, each clause once, and reads back the same")
{
    CHECK(set(" >= 1.0 , <2,, !=1.5.*,").to_string() == "!=1.5.*,<2,>=1.0");
    CHECK(set("==1.0.0,==1.0").to_string() == "==1.0");
    CHECK(set("==1,==1.*,==1.0").to_string() == "==1,==1.*");
    CHECK(set("~=1.0,~=1.0.0").clauses().size() == 2);
    CHECK(set("<=1,<v1").to_string() == "<=1,<v1");
    CHECK(set(">=\n\u00a01").to_string() == ">=1");
    CHECK(set("").empty());
    for (const auto* text : {"!=1.5.*,<2,>=1.0", "===x,~=1.2", "", "==1+l"}) {
        CHECK(set(set(text).to_string()) == set(text));
    }
}

TEST_CASE("pre-releases are let in unless they are asked to stay out")
{
    const auto plain = set(">=1.0");
    CHECK(plain.contains("2.0a1"));
    CHECK(plain.contains("2.0a1", true));
    CHECK_FALSE(plain.contains("2.0a1", false));
    CHECK(plain.contains("2.0a1", false, true));
    CHECK_FALSE(plain.prereleases());
    CHECK(set(">=1.0a1").prereleases() == true);
    CHECK_FALSE(set("!=1.0a1").prereleases());
    CHECK(set("===1.0a1").prereleases() == true);

    const std::vector<std::string> mixed{"0.9", "1.5", "2.0a1", "nonsense"};
    CHECK(plain.filter(mixed) == std::vector<std::string>{"1.5"});
    CHECK(plain.filter(mixed, true) == std::vector<std::string>{"1.5", "2.0a1"});
    CHECK(set(">1.5").filter(mixed) == std::vector<std::string>{"2.0a1"});
    CHECK(set(">1.5").filter(mixed, false).empty());
    CHECK(set("").filter(mixed) == std::vector<std::string>{"0.9", "1.5", "nonsense"});
}

TEST_CASE("text that is no version matches the empty set and === alone")
{
    CHECK(set("").contains("nonsense"));
    CHECK(set("").contains("nonsense", false));
    CHECK_FALSE(set(">=0").contains("nonsense"));
    CHECK_FALSE(set("!=1").contains("nonsense"));
    CHECK(set("===nonsense").contains("NonSense"));
    CHECK_FALSE(set("===nonsense,>=0").contains("nonsense"));
    CHECK(set("===1.0a1").contains(*pep::Version::parse("1.0A1")));
}
