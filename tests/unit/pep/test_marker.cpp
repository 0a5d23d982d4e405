#include "pep/marker.hpp"
#include "support/catch.hpp"

using namespace envfix;
using pep::Marker;
using pep::MarkerEnvironment;
using pep::MarkerFault;

namespace {

Marker marker(std::string_view text)
{
    auto parsed = Marker::parse(text);
    INFO(text);
    REQUIRE(parsed);
    return *std::move(parsed);
}

MarkerEnvironment linux()
{
    return {.implementation_name = "cpython",
            .implementation_version = "3.12.1",
            .os_name = "posix",
            .platform_machine = "x86_64",
            .platform_python_implementation = "CPython",
            .platform_release = "6.1.0-37-amd64",
            .platform_system = "Linux",
            .platform_version = "#1 SMP Debian 6.1.140-1",
            .python_full_version = "3.12.1",
            .python_version = "3.12",
            .sys_platform = "linux",
            .extra = "",
            .extras = std::nullopt,
            .dependency_groups = std::nullopt};
}

} // namespace

TEST_CASE("a marker compares versions where there are versions and text elsewhere")
{
    struct Case {
        std::string text;
        bool want;
    };

    const auto c = GENERATE(values<Case>({
        {"python_version >= '3.8'", true},
        {"python_version >= '3.9' and python_version < '3.10'", false},
        {"python_version > '3.12'", false},
        {"python_full_version > '3.12'", true},
        {"'3.8' < python_version", true},
        {"'3.12.*' == python_version", false},
        {"python_version == '3.12.*'", true},
        {"python_version in '3.120'", true},
        {"'3.1' in python_version", true},
        {"python_version < '=3.12'", true},
        {"platform_release >= '5'", false},
        {"platform_release != '5'", false},
        {"platform_release == '6.1.0-37-amd64'", true},
        {"platform_version == '1.0'", false},
        {"sys_platform > 'aaa'", false},
        {"sys_platform >= 'linux'", true},
        {"os.name == \"posix\" and sys.platform == 'linux'", true},
        {"python_implementation == 'CPython'", true},
        {"sys_platform == 'li\\x6eux'", true},
        {"os_name == sys_platform", false},
        {"'posix' == 'os_name'", true},
        {"python_version>'3'and os_name=='posix'", true},
        {"extra == 'x'", false},
        {"extra in 'abc'", true},
        {"os_name == 'x' or os_name == 'posix' and os_name == 'posix'", true},
        {"os_name == 'posix' or os_name == 'posix' and os_name == 'x'", true},
        {"(os_name == 'posix' or os_name == 'posix') and os_name == 'x'", false},
    }));
    DYNAMIC_SECTION(c.text)
    {
        const auto value = marker(c.text).evaluate(linux());
        REQUIRE(value);
        CHECK(*value == c.want);
    }
}

TEST_CASE("what cannot be compared is told from what is not known")
{
    struct Case {
        std::string text;
        MarkerFault want;
    };

    const auto c = GENERATE(values<Case>({
        {"os_name ~= '1'", MarkerFault::undefined_comparison},
        {"os_name === 'posix'", MarkerFault::undefined_comparison},
        {"python_version ~= '3'", MarkerFault::undefined_comparison},
        {"'x' == 'y'", MarkerFault::undefined_environment_name},
        {"'x' in extras", MarkerFault::undefined_environment_name},
        // decided already, and compared all the same
        {"os_name == 'posix' or os_name ~= '1'", MarkerFault::undefined_comparison},
        {"os_name == 'x' and (os_name ~= '1')", MarkerFault::undefined_comparison},
        // the first one counts
        {"'x' == 'y' or os_name ~= '1'", MarkerFault::undefined_environment_name},
    }));
    DYNAMIC_SECTION(c.text)
    {
        const auto value = marker(c.text).evaluate(linux());
        REQUIRE_FALSE(value);
        CHECK(value.error().fault == c.want);
        CHECK_FALSE(value.error().message.empty());
    }
}

TEST_CASE("extras are compared in normal form")
{
    auto environment = linux();
    environment.extra = "Foo.Bar";
    CHECK(marker("extra == 'foo__bar'").evaluate(environment) == true);
    CHECK(marker("('FOO-bar' == extra)").evaluate(environment) == true);

    environment.extra = std::nullopt;
    environment.extras = {"Foo_Bar", "x"};
    environment.dependency_groups.emplace();
    CHECK(marker("'foo.bar' in extras").evaluate(environment) == true);
    CHECK(marker("'y' not in extras").evaluate(environment) == true);
    CHECK(marker("'y' in dependency_groups").evaluate(environment) == false);
    CHECK(marker("extra == 'x'").evaluate(environment).error().fault ==
          MarkerFault::undefined_environment_name);
    CHECK(marker("extras == 'x'").evaluate(environment).error().fault ==
          MarkerFault::undefined_comparison);
}

TEST_CASE("an interpreter built from an untagged checkout counts as that version")
{
    auto environment = linux();
    environment.python_full_version = "3.15.0a1+";
    CHECK(marker("python_full_version >= '3.14'").evaluate(environment) == true);
}

TEST_CASE("a marker prints in normal form and reads back the same")
{
    struct Case {
        std::string text, want;
    };

    const auto c = GENERATE(values<Case>({
        {"os.name=='posix'", "os_name == \"posix\""},
        {"((os_name == 'a'))", "os_name == \"a\""},
        {"((os_name=='a' or os_name=='b'))", "os_name == \"a\" or os_name == \"b\""},
        {"os_name=='a' and ((os_name=='b' or (os_name=='c')))",
         "os_name == \"a\" and (os_name == \"b\" or os_name == \"c\")"},
        {"(os_name=='a' and os_name=='b') or os_name=='c'",
         "(os_name == \"a\" and os_name == \"b\") or os_name == \"c\""},
        {"'x'  not\tin extra", "\"x\" not in extra"},
        {"extra == 'A_b'", "extra == \"a-b\""},
        {"os_name == '\"'", "os_name == '\"'"},
    }));
    DYNAMIC_SECTION(c.text)
    {
        const auto read = marker(c.text);
        CHECK(read.to_string() == c.want);
        CHECK(marker(read.to_string()) == read);
    }
}

TEST_CASE("text that is no marker is refused with its place")
{
    const auto text = GENERATE(
        as<std::string>{}, "", "extra", "not extra", "os_name", "os_name ==", "os_name == x",
        "os_name == 'x", "os_name == 'x' and", "os_name == 'x' or or os_name == 'y'",
        "(os_name == 'x'", "os_name == 'x')", "()", "OS_NAME == 'x'", "os_name == 'x'\n",
        "os_name == 'it\\'s'", "os_name == 'a\\'", "os_name notin 'x'", "os_name inx 'x'",
        "os_name = 'x'", "platform.release == 'x'", "os_name == 'a\nb'", "os_name\u00a0== 'x'");
    DYNAMIC_SECTION(text)
    {
        const auto parsed = Marker::parse(text);
        REQUIRE_FALSE(parsed);
        CHECK_THAT(parsed.error().message, ContainsSubstring("at byte"));
    }
}

TEST_CASE("nesting has a limit and costs no stack")
{
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '(') + "os_name == 'posix'" + std::string(depth, ')');
    };
    CHECK(marker(nested(Marker::k_max_depth)).evaluate(linux()) == true);
    CHECK_FALSE(Marker::parse(nested(Marker::k_max_depth + 1)));
    CHECK_FALSE(Marker::parse(std::string(1'000'000, '(')));

    std::string deep = "os_name == 'posix'";
    for (std::size_t i = 0; i < Marker::k_max_depth; ++i) {
        deep = "(os_name == 'x' or " + deep + ")";
    }
    CHECK(marker(deep).evaluate(linux()) == true);
    CHECK(marker(marker(deep).to_string()) == marker(deep));
}
