#include "capture/capture.hpp"
#include "capture/stated_requirements.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace envfix;
using Lines = std::vector<std::string>;

namespace {

Lines stated(const TempFolder& temp)
{
    return capture::stated_requirements(*fs::Tree::open(), temp.path());
}

} // namespace

TEST_CASE("a project states what it needs in two files, and every line of them counts")
{
    const TempFolder temp;
    CHECK(stated(temp).empty());
    temp.file("requirements.txt", "# pinned\nsupabase==2.3\n-r more.txt\ncffi\n");
    CHECK(stated(temp) == Lines{"supabase==2.3", "-r more.txt", "cffi"});
    temp.file("pyproject.toml", "[project]\nname = 'shop'\nrequires-python = '>=3.10'\n"
                                "dependencies = ['cffi', 'PyJWT[crypto]>=2', 3, \"a\\nb\"]\n");
    CHECK(stated(temp) == Lines{"python>=3.10", "cffi", "PyJWT[crypto]>=2", "supabase==2.3", "-r more.txt"});
}

TEST_CASE("poetry's own table is stated in its own notation, unless the project is described as all others")
{
    const TempFolder temp;
    const std::string poetry = "[tool.poetry.dependencies]\npython = '^3.11'\nsupabase = '^2.0'\ncffi = {version = '*', optional = true}\n";
    temp.file("pyproject.toml", poetry);
    const auto lines = stated(temp);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].starts_with("cffi = {"));
    CHECK(lines[1] == "supabase = \"^2.0\"");
    temp.file("pyproject.toml", "[project]\ndependencies = ['cffi']\n" + poetry);
    CHECK(stated(temp) == Lines{"cffi"});
}

TEST_CASE("what cannot be read states nothing")
{
    const TempFolder temp;
    temp.file("pyproject.toml", "[project\ndependencies = [");
    temp.folder("requirements.txt");
    CHECK(stated(temp).empty());
}

TEST_CASE("a project without an environment is captured with what it states, and an environment is not")
{
    const TempFolder temp;
    temp.file("requirements.txt", "supabase\n");
    temp.file("jwt.py", "import supabase\n");
    const auto tree = fs::Tree::open();
    model::Environment environment{.id = "0123456789ab",
                                   .path = temp.path(),
                                   .kind = model::EnvironmentKind::project,
                                   .executable = "/usr/bin/python3",
                                   .project = temp.path()};
    const model::Chain chain{.name = "test", .links = {{.distribution = "PyJWT", .imports = {"jwt"}}}};
    capture::HashCache hashes;
    const auto project = capture::capture(*tree, environment, chain, hashes, {.home = temp.path(), .now_ns = 1});
    CHECK(project.requirements == Lines{"supabase"});
    CHECK(project.interpreter.major == 3);
    CHECK(project.links.size() == 1);
    CHECK(project.local_modules.empty());

    environment.kind = model::EnvironmentKind::system;
    CHECK(capture::capture(*tree, environment, chain, hashes, {.home = temp.path(), .now_ns = 1}).requirements.empty());
}
