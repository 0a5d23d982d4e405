#include "inventory/names.hpp"
#include "inventory/projects.hpp"
#include "support/catch.hpp"

#include <chrono>

using namespace envfix;
using namespace envfix::inventory;
using model::EnvironmentKind;
using Paths = std::vector<std::string>;

namespace {

std::map<std::string, model::Environment> by_id(const std::vector<model::Environment>& environments)
{
    std::map<std::string, model::Environment> known;
    for (const auto& environment : environments)
        known.emplace(environment.id, environment);
    return known;
}

model::Environment venv(const std::string& path, const std::string& project)
{
    return make_environment(EnvironmentKind::venv, path, path + "/bin/python", project);
}

Paths paths_of(const std::vector<model::Environment>& environments)
{
    Paths paths;
    for (const auto& environment : environments)
        paths.push_back(environment.path);
    return paths;
}

const Places k_places{.home = "/home/me", .roots = {"/home/me/src"}};

} // namespace

TEST_CASE("a project without an environment is known by its folder, and has no Python of its own")
{
    const auto found = projects_without_environment({.asking = {"/home/me/src/shop"}}, {}, k_places);
    REQUIRE(found.size() == 1);
    CHECK(found.front() ==
          make_environment(EnvironmentKind::project, "/home/me/src/shop", {}, "/home/me/src/shop"));
}

TEST_CASE("which projects have no environment follows from where the environments lie")
{
    struct Case {
        std::string name;
        ProjectFolders folders;
        std::vector<model::Environment> environments;
        Paths want;
    };
    const std::string src = "/home/me/src";
    const std::string shop = src + "/shop";
    const std::string poetry = "/home/me/.cache/pypoetry/virtualenvs/";
    const auto given = GENERATE_COPY(values<Case>({
        {"none anywhere", {.asking = {shop, src + "/blog"}}, {}, {src + "/blog", shop}},
        {"one in it", {.asking = {shop}}, {venv(shop + "/.venv", shop)}, {}},
        {"one below it", {.asking = {shop}}, {venv(shop + "/backend/.venv", shop + "/backend")}, {}},
        {"it is one", {.asking = {shop}}, {venv(shop, src)}, {}},
        {"it lies in one", {.asking = {shop + "/app"}}, {venv(shop, src)}, {}},
        {"one beside it", {.asking = {shop + "/app"}}, {venv(shop + "/.venv", shop)}, {}},
        {"one beside it of an odd name", {.asking = {shop + "/app"}}, {venv(shop + "/python", shop)}, {}},
        {"one for the whole root", {.asking = {shop}}, {venv(src + "/.venv", src)}, {}},
        {"another one's in the root", {.asking = {shop}}, {venv(src + "/blog-env", src)}, {shop}},
        {"one in the home", {.asking = {shop}}, {venv("/home/me/.venv", "/home/me")}, {shop}},
        {"of another project", {.asking = {shop}}, {venv(src + "/shop2/.venv", src + "/shop2")}, {shop}},
        {"one that names it", {.asking = {shop}}, {venv("/home/me/.virtualenvs/s", shop)}, {}},
        {"poetry's", {.asking = {shop}}, {venv(poetry + "shop-EVcJ-5qg-py3.11", "")}, {}},
        {"poetry's of another", {.asking = {shop}}, {venv(poetry + "shop-AAAAAAAA-py3.11", "")}, {shop}},
        {"a link's", {.asking = {shop}, .served = {shop}}, {}, {}},
        {"a link's above", {.asking = {shop + "/app"}, .served = {shop}}, {}, {}},
        {"parts of a project", {.asking = {shop, shop + "/app", shop + "/app/worker"}}, {}, {shop}},
        {"a part of one that is served", {.asking = {shop, shop + "/app"}}, {venv(shop + "/api/.venv", shop)}, {}},
        {"neighbours whose names begin alike", {.asking = {shop, shop + "-old"}}, {}, {shop, shop + "-old"}},
        {"documents", {.asking = {shop + "/docs", shop + "/web/tests/x"}}, {}, {}},
        {"a project that is called so", {.asking = {src + "/docs", src + "/test/x"}}, {}, {src + "/docs", src + "/test/x"}},
        {"hidden", {.asking = {src + "/.cache2/x", src + "/.x"}}, {}, {}},
        {"below no root", {.asking = {"/srv/shop"}}, {}, {}},
        {"not read to the end", {.asking = {shop}, .unseen = {shop + "/data"}}, {}, {}},
        {"in what was not read to the end", {.asking = {shop}, .unseen = {src}}, {}, {}},
        {"a neighbour was not read", {.asking = {shop}, .unseen = {shop + "-data"}}, {}, {shop}},
        {"the machine's Python is no project's",
         {.asking = {shop}},
         {make_environment(EnvironmentKind::system, "/home/me/src/shop", "/usr/bin/python3")},
         {shop}},
    }));
    DYNAMIC_SECTION(given.name)
    {
        const auto found = projects_without_environment(given.folders, by_id(given.environments), k_places);
        CHECK(paths_of(found) == given.want);
    }
}

TEST_CASE("the home is no project, and a root may be one whatever its name")
{
    const ProjectFolders folders{.asking = {"/home/me", "/home/me/.dotfiles", "/home/me/src/docs"}};
    const Places places{.home = "/home/me", .roots = {"/home/me", "/home/me/.dotfiles", "/home/me/src/docs"}};
    CHECK(paths_of(projects_without_environment(folders, {}, places)) ==
          Paths{"/home/me/.dotfiles", "/home/me/src/docs"});
}

TEST_CASE("a folder is forgotten with all below it, and no neighbour")
{
    ProjectFolders folders{.asking = {"/a", "/a/b", "/a-b", "/ab"}, .served = {"/a/c"}, .unseen = {"/a/d", "/b"}};
    folders.forget_below("/a");
    CHECK(folders == ProjectFolders{.asking = {"/a-b", "/ab"}, .unseen = {"/b"}});
}

TEST_CASE("ten thousand projects beside ten thousand environments are told apart at once")
{
    ProjectFolders folders;
    std::vector<model::Environment> environments;
    for (int i = 0; i < 10'000; ++i) {
        const auto folder = "/home/me/src/" + std::to_string(i);
        folders.asking.insert(folder + "/app");
        if (i % 2 == 0) environments.push_back(venv(folder + "/app/.venv", folder + "/app"));
        environments.push_back(venv(folder + "/other/.venv", folder + "/other"));
    }
    const auto known = by_id(environments);
    const auto begun = std::chrono::steady_clock::now();
    CHECK(projects_without_environment(folders, known, k_places).size() == 5'000);
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(5)); // squared, it takes minutes
}
