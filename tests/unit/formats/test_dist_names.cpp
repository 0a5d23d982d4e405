#include "formats/dist_names.hpp"
#include "support/catch.hpp"
using namespace envfix::formats;

TEST_CASE("the name of a metadata directory gives kind, name and version")
{
    struct Case {
        std::string_view entry;
        DistName want;
    };

    const auto c = GENERATE(values<Case>({
        {"Foo_Bar-1.0.dist-info", {DistKind::dist_info, "Foo_Bar", "1.0", false}},
        {"foo-1.0-py3.11.egg-info", {DistKind::egg_info, "foo", "1.0", false}},
        {"foo-1.0-py3.11.egg", {DistKind::egg, "foo", "1.0", false}},
        {"cryptography.egg-info", {DistKind::egg_info, "cryptography", "", false}},
        {"Foo-1.0.Dist-Info", {DistKind::dist_info, "Foo", "1.0", false}},
        {"~oo-1.0.dist-info", {DistKind::dist_info, "~oo", "1.0", true}},
        {"-oo-1.0.dist-info", {DistKind::dist_info, "", "oo", true}},
        {"Foo.Ed-It.egg-link", {DistKind::egg_link, "Foo.Ed-It", "", false}},
        {".dist-info", {DistKind::dist_info, "", "", false}},
        {"foo.py", {}},
        {"", {}},
    }));
    INFO(c.entry);
    CHECK(parse_dist_name(c.entry) == c.want);
}

TEST_CASE("3.8 and 3.9 compare names more strictly than later versions")
{
    const auto legacy = name_rule_of(3, 9);
    const auto pep503 = name_rule_of(3, 10);
    CHECK(comparable_name("Foo.-_Bar-x", pep503) == "foo_bar_x");
    CHECK(comparable_name("Foo.Bar-x", legacy) == "foo.bar_x");

    CHECK(entry_matches("foo_bar-1.0.dist-info", "foo.bar", pep503));
    CHECK_FALSE(entry_matches("foo_bar-1.0.dist-info", "foo.bar", legacy));
    CHECK(entry_matches("Foo_Bar-1.0.Dist-Info", "foo-bar", legacy));
    CHECK(entry_matches("foo.egg-info", "foo", legacy));
    CHECK_FALSE(entry_matches("foo_bar.egg-info", "foo", legacy));
    CHECK(entry_matches("foo-bar-1.0.dist-info", "foo", pep503));
    CHECK_FALSE(entry_matches("foo-bar-1.0.dist-info", "foo-bar", pep503));
    CHECK_FALSE(entry_matches("foo-1.0-py3.11.egg", "foo", pep503));
}
