#include "pep/wheel_name.hpp"
#include "support/catch.hpp"

using namespace envfix;
using namespace envfix::pep;

TEST_CASE("the file name of a wheel tells name, version, build and tags")
{
    const auto wheel =
        WheelName::parse("Foo.B\u00e1r-1.0_rc1-012a.2-cp39.cp310-abi3-linux_x86_64.whl");
    REQUIRE(wheel);
    CHECK(wheel->name == "foo-b\u00e1r");
    CHECK(wheel->version.to_string() == "1.0rc1");
    CHECK(wheel->build == BuildTag{"12", "a.2"});
    CHECK(wheel->tags ==
          std::vector<Tag>{{"cp310", "abi3", "linux_x86_64"}, {"cp39", "abi3", "linux_x86_64"}});
    CHECK_FALSE(WheelName::parse("foo-1-py3-none-any.whl")->build);
    CHECK(WheelName::parse("foo-1-00-py3-none-any.whl")->build == BuildTag{"0", ""});
    CHECK(WheelName::parse("_foo-1-py3-none-any.whl")->name == "-foo");
}

TEST_CASE("a file name that is no wheel's is refused")
{
    const auto name = GENERATE(
        as<std::string>{}, "", ".whl", "foo-1.0-py3-none-any.WHL", "foo-1.0-py3-none.whl",
        "foo-1.0-1-2-py3-none-any.whl", "foo__bar-1-py3-none-any.whl", "-1-py3-none-any.whl",
        "foo#-1-py3-none-any.whl", "foo-x-py3-none-any.whl", "foo-1-a-py3-none-any.whl",
        "foo-1-\u0661-py3-none-any.whl", "foo-1-py3.-none-any.whl", "foo-1-3-none-any.whl",
        "foo-1-py3-none-any.whl\n", "----.whl");
    DYNAMIC_SECTION(name)
    {
        const auto wheel = WheelName::parse(name);
        REQUIRE_FALSE(wheel);
        CHECK(wheel.error().code == ErrorCode::malformed);
    }
}

TEST_CASE("the file name of a source distribution tells name and version")
{
    const auto sdist = SdistName::parse("a-B_c-01.0.tar.gz");
    REQUIRE(sdist);
    CHECK(sdist->name == "a-b-c");
    CHECK(sdist->version.to_string() == "1.0");
    CHECK(SdistName::parse("foo-1.zip"));
    for (const auto* name :
         {"foo-1.tar.bz2", "-1.tar.gz", "foo1.tar.gz", "foo-x.zip", "foo-1.TAR.GZ"}) {
        INFO(name);
        CHECK_FALSE(SdistName::parse(name));
    }
}
