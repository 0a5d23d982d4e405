#include "inventory/inventory.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

using namespace envfix;
using namespace envfix::inventory;
using namespace std::chrono_literals;
using model::EnvironmentKind;

namespace {

std::vector<std::string> paths_of(const Survey& survey)
{
    std::vector<std::string> paths;
    for (const auto& environment : survey.environments)
        paths.push_back(environment.path);
    return paths;
}

void make_venv(const TempFolder& temp, const std::string& name,
               const std::string& python = "/usr/bin/python3")
{
    temp.file(name + "/pyvenv.cfg", "home = /usr/bin\n");
    temp.link(name + "/bin/python", python);
    temp.folder(name + "/lib/python3.11/site-packages");
}

Survey look(const std::string& root, const Limits& limits = {}, const FolderHook& hook = {})
{
    const auto tree = fs::Tree::open();
    return survey_below(*tree, {.roots = {root}}, root, limits, hook);
}

} // namespace

TEST_CASE("venvs are found at any depth, dangling ones too, and know their project")
{
    const TempFolder temp;
    make_venv(temp, "app/.venv");
    temp.file("app/pyproject.toml");
    make_venv(temp, "a/b/c/d/e/f/g/h/venv", "/nowhere/python3");
    make_venv(temp, "lib/.tox/py311");
    temp.file("lib/setup.py");
    const auto survey = look(temp.path());
    REQUIRE(paths_of(survey) == std::vector<std::string>{temp / "a/b/c/d/e/f/g/h/venv",
                                                         temp / "app/.venv",
                                                         temp / "lib/.tox/py311"});
    CHECK(survey.environments[0].executable == temp / "a/b/c/d/e/f/g/h/venv/bin/python");
    CHECK(survey.environments[0].project == temp / "a/b/c/d/e/f/g/h");
    CHECK(survey.environments[1].project == temp / "app");
    CHECK(survey.environments[2].project == temp / "lib");
    CHECK(survey.environments[0].kind == EnvironmentKind::venv);
    CHECK(survey.unreadable.empty());
    CHECK(survey.limits.empty());
    CHECK(survey.deeper);
}

TEST_CASE("what is kept for tools is not entered, nor are the insides of an environment")
{
    const TempFolder temp;
    for (const auto* name :
         {".git", "node_modules", ".hg", ".svn", "__pycache__", "site-packages", ".envfix"})
        make_venv(temp, std::string(name) + "/v");
    make_venv(temp, "v");
    make_venv(temp, "v/lib/python3.11/site-packages/inner");
    make_venv(temp, "v/src/nested/.venv"); // virtualenvwrapper users keep projects there
    temp.file("conda/conda-meta/python-3.12.json");
    temp.file("conda/envs/one/conda-meta/python-3.12.json");
    make_venv(temp, "conda/pkgs/x");
    const auto survey = look(temp.path());
    CHECK(paths_of(survey) == std::vector<std::string>{temp / "conda", temp / "conda/envs/one",
                                                       temp / "v", temp / "v/src/nested/.venv"});
    CHECK(survey.environments[0].kind == EnvironmentKind::conda);
}

TEST_CASE("a project's venv may be a link, and links that lead round end")
{
    const TempFolder temp;
    make_venv(temp, "store/real");
    temp.link("projects/app/.venv", temp / "store/real");
    temp.link("projects/loop", temp / "projects");
    temp.link("projects/self", "self");
    temp.link("projects/up", "..");
    const auto survey = look(temp / "projects");
    REQUIRE(paths_of(survey) == std::vector<std::string>{temp / "store/real"});
}

TEST_CASE("a root that is a link is followed, one that is gone is said to be unreadable")
{
    const TempFolder temp;
    make_venv(temp, "real/v");
    temp.link("root", "real");
    CHECK(paths_of(look(temp / "root")) == std::vector<std::string>{temp / "root/v"});
    const auto gone = look(temp / "gone");
    CHECK(gone.environments.empty());
    REQUIRE(gone.unreadable.size() == 1);
    CHECK(gone.unreadable[0].path == temp / "gone");
}

TEST_CASE("odd things named pyvenv.cfg are no venvs")
{
    const TempFolder temp;
    temp.folder("a/pyvenv.cfg");
    temp.folder("b");
    REQUIRE(::mkfifo((temp / "b/pyvenv.cfg").c_str(), 0600) == 0);
    CHECK(look(temp.path()).environments.empty());
    temp.link("b/bin/python", "/usr/bin/python3"); // then it is one, and could not be looked at
    CHECK(paths_of(look(temp.path())) == std::vector<std::string>{temp / "b"});
}

TEST_CASE("a folder that may not be read is reported, and the rest is found")
{
    const TempFolder temp;
    make_venv(temp, "v");
    const auto closed = temp.folder("closed");
    REQUIRE(::chmod(temp.path().c_str(), 0755) == 0);
    REQUIRE(::chmod(closed.c_str(), 0000) == 0);
    constexpr ::uid_t k_nobody = 65534;
    const bool is_root = ::geteuid() == 0; // whom no mode keeps out
    if (is_root) REQUIRE(::seteuid(k_nobody) == 0);
    const auto survey = look(temp.path());
    if (is_root) REQUIRE(::seteuid(0) == 0);
    ::chmod(closed.c_str(), 0700);
    CHECK(paths_of(survey) == std::vector<std::string>{temp / "v"});
    REQUIRE(survey.unreadable.size() == 1);
    CHECK(survey.unreadable[0].path == closed);
}

TEST_CASE("each limit cuts a survey short, and says so")
{
    const TempFolder temp;
    make_venv(temp, "a/v");
    make_venv(temp, "b/c/d/v");
    for (int i = 0; i < 50; ++i)
        temp.folder("z/" + std::to_string(i));

    const auto shallow = look(temp.path(), {.depth = 2});
    CHECK(paths_of(shallow) == std::vector<std::string>{temp / "a/v"});
    REQUIRE(shallow.limits.size() == 1);
    CHECK_THAT(shallow.limits[0], ContainsSubstring("deeper than 2"));

    const auto few = look(temp.path(), {.entries = 20});
    CHECK(few.entries < 60); // breadth first, one folder at a time
    REQUIRE(few.limits.size() == 1);
    CHECK_THAT(few.limits[0], ContainsSubstring("first 20 entries"));

    const auto hasty = look(temp.path(), {.time = 0ms});
    CHECK(hasty.environments.empty());
    REQUIRE(hasty.limits.size() == 1);
    CHECK_THAT(hasty.limits[0], ContainsSubstring("within 0 ms"));
}

TEST_CASE("a folder of very many files is left out in bounded time")
{
    const TempFolder temp;
    const auto heap = temp.folder("heap");
    const auto first = temp.file("heap/0");
    // Links to one file are quicker than files; a file takes 65,000 of them at most on ext4.
    for (int i = 1; i <= 50'001; ++i) {
        if (::link(first.c_str(), (heap + "/" + std::to_string(i)).c_str()) != 0)
            temp.file("heap/" + std::to_string(i));
    }
    make_venv(temp, "v");
    const auto begin = std::chrono::steady_clock::now();
    const auto survey = look(temp.path());
    CHECK(std::chrono::steady_clock::now() - begin < 2s);
    CHECK(paths_of(survey) == std::vector<std::string>{temp / "v"});
    REQUIRE(survey.limits.size() == 1);
    CHECK_THAT(survey.limits[0], ContainsSubstring("heap: has more than 50000 names"));
}

TEST_CASE("a deep chain of folders costs neither stack nor descriptors")
{
    const TempFolder temp;
    std::string at = temp.path();
    for (int i = 0; i < 200; ++i) {
        at += "/deep";
        REQUIRE(::mkdir(at.c_str(), 0700) == 0);
    }
    const auto survey = look(temp.path());
    CHECK(survey.environments.empty());
    REQUIRE(survey.limits.size() == 1);
}

TEST_CASE("the hook sees each folder down to the watched depth before its names are read")
{
    const TempFolder temp;
    temp.folder("a/b/c/d/e/f/g/h");
    temp.folder(".git/objects");
    std::vector<std::string> seen;
    const auto survey = look(temp.path(), {}, [&](int fd, const std::string& path, int depth) {
        CHECK(fd >= 0);
        CHECK(depth == std::ranges::count(path, '/') - std::ranges::count(temp.path(), '/'));
        if (depth == 2) make_venv(temp, "a/b/late"); // what is made now must be seen by the listing
        seen.push_back(path);
    });
    CHECK(seen == std::vector<std::string>{temp.path(), temp / "a", temp / "a/b", temp / "a/b/c",
                                           temp / "a/b/late", temp / "a/b/c/d", temp / "a/b/c/d/e",
                                           temp / "a/b/c/d/e/f"});
    CHECK(paths_of(survey) == std::vector<std::string>{temp / "a/b/late"});
    CHECK(survey.deeper);
}

TEST_CASE("another root file system is looked at in its own terms")
{
    const TempFolder temp;
    make_venv(temp, "srv/app/.venv");
    temp.link("srv/other/.venv", "/srv/app/.venv"); // absolute, as seen inside
    const auto tree = fs::Tree::open(temp.path());
    REQUIRE(tree);
    const auto survey = survey_below(*tree, {}, "/srv");
    REQUIRE(paths_of(survey) == std::vector<std::string>{"/srv/app/.venv"});
    CHECK(survey.environments[0].executable == "/srv/app/.venv/bin/python");
}

TEST_CASE("folders of a root that ask for packages are noted, and their parts are not")
{
    const TempFolder temp;
    temp.file("shop/requirements.txt", "# what it needs\nsupabase\n");
    temp.file("shop/app/requirements.txt", "cffi\n");
    temp.file("blog/pyproject.toml", "[project]\ndependencies = ['cffi']\n");
    temp.file("empty/requirements.txt", "# nothing yet\n");
    temp.file("tool/pyproject.toml", "[build-system]\nrequires = ['setuptools']\n");
    temp.file(".hidden/requirements.txt", "cffi\n");
    temp.file("node_modules/x/requirements.txt", "cffi\n");
    temp.file("conda/requirements.txt", "cffi\n");
    temp.file("conda/environment.yml", "name: x\n");
    temp.file("linked/requirements.txt", "cffi\n");
    const TempFolder store;
    make_venv(store, "v");
    temp.link("linked/.venv", store / "v");
    make_venv(temp, "venv");
    temp.file("venv/requirements.txt", "cffi\n");
    const auto survey = look(temp.path());
    using Folders = std::set<std::string>;
    CHECK(survey.projects.asking == Folders{temp / "blog", temp / "conda", temp / "linked", temp / "shop"});
    CHECK(survey.projects.served == Folders{temp / "conda", temp / "linked"});
    CHECK(survey.projects.unseen.empty());

    const auto tree = fs::Tree::open();
    CHECK(survey_below(*tree, {}, temp.path()).projects == ProjectFolders{});
}

TEST_CASE("where a limit cuts, it is noted below which folder something was not seen")
{
    const TempFolder temp;
    temp.file("shop/requirements.txt", "cffi\n");
    temp.folder("shop/a/b/c");
    using Folders = std::set<std::string>;
    CHECK(look(temp.path(), {.depth = 2}).projects.unseen == Folders{temp / "shop/a"});
    CHECK(look(temp.path(), {.entries = 1}).projects.unseen == Folders{temp.path()});
}
