#include "formats/asked_packages.hpp"
#include "support/catch.hpp"

using namespace envfix::formats;
using Lines_ = std::vector<std::string>;

TEST_CASE("the lines of a requirements.txt are read as pip reads them")
{
    const auto lines = [](std::string_view text) { return requirement_lines(text, 100); };
    CHECK(lines("supabase\ncffi>=1\n") == Lines_{"supabase", "cffi>=1"});
    CHECK(lines("\xEF\xBB\xBF# all\r\n\r\n  supabase # why\r\n") == Lines_{"supabase"});
    CHECK(lines("a @ https://example.org/a.whl#egg=a\n") == Lines_{"a @ https://example.org/a.whl#egg=a"});
    CHECK(lines("cffi==1 \\\n  --hash=sha256:00 \\\n  --hash=sha256:11\nb\n") ==
          Lines_{"cffi==1   --hash=sha256:00   --hash=sha256:11", "b"});
    CHECK(lines("cffi \\\n# no part of it\nb") == Lines_{"cffi", "b"});
    CHECK(lines("-r more.txt\n--index-url https://example.org\n") ==
          Lines_{"-r more.txt", "--index-url https://example.org"});
    CHECK(lines("cffi \\").size() == 1);
    CHECK(lines("# nothing\n\n   \n").empty());
    CHECK(lines({}).empty());
    CHECK(requirement_lines("a\nb\nc\n", 2) == Lines_{"a", "b"});
}

TEST_CASE("a pyproject.toml asks for packages where it lists some")
{
    struct Case {
        std::string_view name;
        std::string_view text;
        bool want;
    };
    const auto given = GENERATE(values<Case>({
        {"a list", "[project]\nname = 'a'\ndependencies = ['cffi']\n", true},
        {"a list over lines", "[project]\ndependencies = [\n  \"cffi\",\n]\n", true},
        {"blanks in a header and a quoted key", "[ project ] # this\n\"dependencies\"=['cffi']\n", true},
        {"poetry's", "[tool.poetry.dependencies]\npython = '^3.11'\ncffi = '*'\n", true},
        {"an empty list", "[project]\ndependencies = [] # none\n", false},
        {"poetry's python alone", "[tool.poetry.dependencies]\npython = '^3.11'\n", false},
        {"another table's", "[project]\nname = 'a'\n[tool.other]\ndependencies = ['cffi']\n", false},
        {"a list of tables", "[[project]]\n[tool.x]\ndependencies = ['cffi']\n", false},
        {"no packages", "[build-system]\nrequires = ['setuptools']\n", false},
        {"a comment", "[project]\n# dependencies = ['cffi']\n", false},
        {"hatch keeps its environments elsewhere", "[project]\ndependencies = ['cffi']\n[tool.hatch.envs.default]\n", false},
        {"a header that does not end", "[project\ndependencies = ['cffi']", true},
        {"nothing", "", false},
    }));
    DYNAMIC_SECTION(given.name) { CHECK(pyproject_lists_packages(given.text) == given.want); }
}
