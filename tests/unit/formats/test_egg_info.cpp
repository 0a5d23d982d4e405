#include "formats/egg_info.hpp"
#include "support/catch.hpp"
using namespace envfix::formats;

TEST_CASE("requires.txt gives each line with its section, comments too")
{
    CHECK(parse_egg_requires("a\r\n\n[x]\n  b>=1 \n# c\n[:os_name == \"nt\"]\nd\n[]\ne\n") ==
          std::vector<EggRequirement>{
              {"", "a"}, {"x", "b>=1"}, {"x", "# c"}, {":os_name == \"nt\"", "d"}, {"", "e"}});
    CHECK(parse_egg_requires("").empty());
    CHECK(parse_egg_requires("[[x]]\na\n[\nb") ==
          std::vector<EggRequirement>{{"x", "a"}, {"x", "["}, {"x", "b"}});
}

TEST_CASE("a section of requires.txt becomes a marker")
{
    struct Case {
        EggRequirement given;
        std::string_view want;
    };

    const auto c = GENERATE(values<Case>({
        {{"", "a"}, "a"},
        {{"x", "a>1"}, "a>1; extra == \"x\""},
        {{":os_name==\"nt\"", "a"}, "a; os_name==\"nt\""},
        {{"x:os_name==\"nt\"", "a"}, "a; (os_name==\"nt\") and extra == \"x\""},
        {{"x:", "a"}, "a; extra == \"x\""},
        {{":", "a"}, "a"},
        {{"x", "a @ https://h/a.zip"}, "a @ https://h/a.zip ; extra == \"x\""},
        {{"", "a @ https://h/a.zip"}, "a @ https://h/a.zip "},
    }));
    CHECK(as_requirement(c.given) == c.want);
}

TEST_CASE("lists of names lose blanks and empty lines")
{
    CHECK(parse_name_list("foo\r\n\n  _foo  \nlast") ==
          std::vector<std::string>{"foo", "_foo", "last"});
}
