#include "pep/requirement.hpp"
#include "support/catch.hpp"

using namespace envfix;
using pep::Requirement;

namespace {

Requirement requirement(std::string_view text)
{
    auto parsed = Requirement::parse(text);
    INFO(text);
    REQUIRE(parsed);
    return *std::move(parsed);
}

} // namespace

TEST_CASE("a requirement prints in normal form and reads back the same")
{
    struct Case {
        std::string text, want;
    };

    const auto c = GENERATE(values<Case>({
        {"Foo.Bar", "Foo.Bar"},
        {" \tfoo [ b , a,b ] >= 1 , < 2 ", "foo[a,b]<2,>=1"},
        {"foo[]", "foo"},
        {"foo ()", "foo"},
        {"sphinx (>=1.6) ; extra == 'docs'", "sphinx>=1.6; extra == \"docs\""},
        {"foo @ file:. ", "foo @ file:."},
        {"foo@https://x/y ;os_name=='nt'", "foo @ https://x/y ; os_name == \"nt\""},
        {"foo @ https://x;python_version>\"3\"", "foo @ https://x;python_version>\"3\""},
        {"foo ;os_name=='nt'", "foo; os_name == \"nt\""},
        {"foo>=\n1", "foo>=1"},
        {"foo==\u00a01.*", "foo==1.*"},
        {"foo===1.0-SNAPSHOT;os_name=='nt'", "foo===1.0-SNAPSHOT; os_name == \"nt\""},
        {"foo===1,>=2", "foo===1,>=2"},
        {"foo>=1,", "foo>=1"},
        {"x_", "x_"},
    }));
    DYNAMIC_SECTION(c.text)
    {
        const auto read = requirement(c.text);
        CHECK(read.to_string() == c.want);
        CHECK(requirement(read.to_string()) == read);
    }
}

TEST_CASE("text that is no requirement is refused with its place")
{
    const auto text = GENERATE(as<std::string>{}, "", "-x", "x-", "foo 1.0", "foo[a,]", "foo[,a]",
                               "foo[a b]", "foo[a", "foo (>=1", "foo >=1)", "foo,>=1", "foo>=1 <2",
                               "foo>=1,\n<2", "foo\n>=1", "foo\n", "foo @", "foo @ x os_name=='nt'",
                               "foo;", "foo; os_name", "foo>=1; os_name=='nt'\n", "foo>=1.*",
                               "foo===1,2", "f\u00f6o", "foo @ x ; os_name == 'nt' x");
    DYNAMIC_SECTION(text)
    {
        const auto parsed = Requirement::parse(text);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().code == ErrorCode::malformed);
        CHECK_THAT(parsed.error().message, ContainsSubstring("at byte"));
    }
}

TEST_CASE("a requirement tells its parts")
{
    const auto r = requirement("Foo_Bar[A.b,c]>=1; extra == 'X'");
    CHECK(r.name() == "Foo_Bar");
    CHECK(r.extras() == std::set<std::string>{"A.b", "c"});
    CHECK(r.normalized_extras() == std::set<std::string>{"a-b", "c"});
    CHECK(r.specifier().to_string() == ">=1");
    CHECK_FALSE(r.url());
    CHECK(r.marker()->to_string() == "extra == \"x\"");
    CHECK(requirement("foo @ file:.").url() == "file:.");
    CHECK(requirement("Foo_bar") == requirement("foo.BAR"));
    CHECK_FALSE(requirement("foo") == requirement("foo>=1"));
}

TEST_CASE(
    "a requirement applies if its marker holds without an extra or with one that was asked for")
{
    const pep::MarkerEnvironment environment;
    const std::vector<std::string> asked{"a", "X"};
    CHECK(requirement("foo").applies(environment) == true);
    CHECK(requirement("foo; extra == 'x'").applies(environment) == false);
    CHECK(requirement("foo; extra == 'x'").applies(environment, asked) == true);
    CHECK(requirement("foo; extra == 'y'").applies(environment, asked) == false);
    CHECK(requirement("foo; extra != 'a'").applies(environment, asked) == true);
    CHECK_FALSE(requirement("foo; os_name ~= '1'").applies(environment, asked));
}
