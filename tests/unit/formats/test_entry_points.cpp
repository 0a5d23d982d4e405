#include "formats/entry_points.hpp"
#include "support/catch.hpp"
using namespace envfix::formats;

TEST_CASE("entry points are read leniently: a malformed line does not take the others with it")
{
    const auto got =
        parse_entry_points("lost = before:any\n[console_scripts]\nfoo = foo:main\n# c\n; odd\n"
                           "bar=foo.bar:main [x,y]\n[p]\na.b = c = d\n");
    CHECK(got.entries == std::vector<EntryPoint>{{"console_scripts", "foo", "foo:main"},
                                                 {"console_scripts", "bar", "foo.bar:main [x,y]"},
                                                 {"p", "a.b", "c = d"}});
    CHECK(got.malformed == std::vector<std::string>{"; odd"});
}

TEST_CASE("an entry point names a module and what is in it")
{
    struct Case {
        std::string_view value;
        std::optional<EntryPointTarget> want;
    };

    const auto c = GENERATE(values<Case>({
        {"foo", EntryPointTarget{"foo", ""}},
        {"foo.bar:main", EntryPointTarget{"foo.bar", "main"}},
        {"foo : a.b [x]", EntryPointTarget{"foo", "a.b"}},
        {"foo [x] ", EntryPointTarget{"foo", ""}},
        {"f\xc3\xb6o:b", EntryPointTarget{"f\xc3\xb6o", "b"}},
        {"", std::nullopt},
        {":main", std::nullopt},
        {"foo:", std::nullopt},
        {"foo-bar:main", std::nullopt},
        {"foo:main [x", std::nullopt},
        {"foo:main [", std::nullopt},
    }));
    INFO(c.value);
    CHECK(parse_entry_point_value(c.value) == c.want);
}
