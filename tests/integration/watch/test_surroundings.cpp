#include "harness.hpp"

#include <random>
#include <thread>

using namespace envfix;
using namespace envfix::watch;
namespace files = std::filesystem;

TEST_CASE("venvs that are there are told once the survey is done")
{
    const TempFolder temp;
    make_venv(temp, "a/.venv");
    make_venv(temp, "b/c/d/e/f/g/h/i/deep");
    Harness harness;
    harness.look(temp.path());
    CHECK(harness.paths == std::set<std::string>{temp / "a/.venv", temp / "b/c/d/e/f/g/h/i/deep"});
}

TEST_CASE("a venv at depth five appears, is moved and vanishes")
{
    const TempFolder temp;
    temp.folder("a/b/c/d");
    Harness harness;
    harness.look(temp.path());
    CHECK(harness.paths.empty());

    make_venv(temp, "a/b/c/d/v");
    REQUIRE(harness.until([&] { return harness.knows(temp / "a/b/c/d/v"); }));

    files::rename(temp / "a/b/c/d/v", temp / "a/moved");
    REQUIRE(harness.until([&] { return harness.knows(temp / "a/moved"); }));
    CHECK_FALSE(harness.knows(temp / "a/b/c/d/v"));

    files::rename(temp / "a", temp / "z"); // a folder far above it
    REQUIRE(harness.until([&] { return harness.knows(temp / "z/moved"); }));
    CHECK(harness.paths.size() == 1);

    files::remove_all(temp / "z/moved");
    REQUIRE(harness.until([&] { return harness.paths.empty(); }));

    make_venv(temp, "z/b/c/d/again"); // what was moved along is still watched
    CHECK(harness.until([&] { return harness.knows(temp / "z/b/c/d/again"); }));
}

TEST_CASE("a real venv is found complete, with its interpreter")
{
    const TempFolder temp;
    Harness harness;
    harness.look(temp.path());
    const auto command =
        "/usr/bin/python3 -m venv --without-pip " + (temp / "p/v") + " >/dev/null 2>&1";
    std::thread maker([&] { static_cast<void>(std::system(command.c_str())); });
    const bool found = harness.until([&] {
        const auto at =
            std::ranges::find(harness.appeared, temp / "p/v", &model::Environment::path);
        // As soon as it is known, its folders are followed, as the daemon does.
        if (at != harness.appeared.end())
            harness.watcher().follow(at->id, inventory::watch_folders(*at, {}, {}));
        return !harness.appeared.empty() &&
               harness.appeared.back().executable == temp / "p/v/bin/python";
    });
    maker.join();
    CHECK(found);
}

TEST_CASE("an environment that is pulled away from under its folder's name is not kept")
{
    const TempFolder temp;
    make_venv(temp, "v");
    Harness harness;
    harness.look(temp.path());
    REQUIRE(harness.knows(temp / "v"));
    files::remove(temp / "v/pyvenv.cfg");
    CHECK(harness.until([&] { return harness.paths.empty(); }));
}

TEST_CASE("a project's link to a venv is followed when it is made")
{
    const TempFolder temp;
    const TempFolder store;
    make_venv(store, "v");
    temp.folder("app");
    Harness harness;
    harness.look(temp.path());
    temp.link("app/.venv", store / "v");
    CHECK(harness.until([&] { return harness.knows(store / "v"); }));
}

TEST_CASE("roots that are exchanged take their environments along")
{
    const TempFolder temp;
    make_venv(temp, "one/v");
    make_venv(temp, "two/v");
    Harness harness;
    harness.look(temp / "one");
    CHECK(harness.paths == std::set<std::string>{temp / "one/v"});
    harness.look(temp / "two");
    CHECK(harness.paths == std::set<std::string>{temp / "two/v"});
    make_venv(temp, "one/late");
    make_venv(temp, "two/late");
    REQUIRE(harness.until([&] { return harness.knows(temp / "two/late"); }));
    CHECK_FALSE(harness.knows(temp / "one/late"));
}

TEST_CASE("a root that is deleted and made again is watched again")
{
    const TempFolder temp;
    make_venv(temp, "root/v");
    Harness harness;
    harness.look(temp / "root");
    REQUIRE(harness.knows(temp / "root/v"));
    files::remove_all(temp / "root");
    REQUIRE(harness.until([&] { return harness.paths.empty(); }));
}

TEST_CASE("the sweep finds what no watch can tell of")
{
    const TempFolder temp;
    temp.folder("1/2/3/4/5/6/7/8/9");
    Harness harness({.sweep_every = std::chrono::milliseconds(50)});
    harness.look(temp.path());
    make_venv(temp, "1/2/3/4/5/6/7/8/9/v");
    CHECK(harness.until([&] { return harness.knows(temp / "1/2/3/4/5/6/7/8/9/v"); }));
}

TEST_CASE("what pipx installs is found where pipx keeps it")
{
    const TempFolder temp;
    temp.folder(".local/share/pipx/venvs");
    Harness harness;
    harness.watcher().look({.home = temp.path(), .system = false});
    REQUIRE(harness.until([&] { return harness.surveyed; }));
    make_venv(temp, ".local/share/pipx/venvs/black");
    REQUIRE(harness.until([&] { return harness.knows(temp / ".local/share/pipx/venvs/black"); }));
    CHECK(harness.appeared.back().kind == model::EnvironmentKind::pipx);
    files::remove_all(temp / ".local/share/pipx/venvs/black");
    CHECK(harness.until([&] { return harness.paths.empty(); }));
}

TEST_CASE("trees that are made while a scan runs are not missed")
{
    // Seeded: a failure repeats. Folders, venvs in them, moves and deletions, from another thread.
    const TempFolder temp;
    Harness harness;
    harness.look(temp.path());
    std::mt19937 random(20'260'820);
    std::set<std::string> expected;
    std::vector<std::function<void()>> actions;
    for (int i = 0; i < 500; ++i) {
        const auto depth = 1 + random() % 4;
        std::string path = std::to_string(random() % 20);
        for (unsigned level = 1; level < depth; ++level)
            path += "/" + std::to_string(random() % 4);
        path += "/t" + std::to_string(i);
        actions.emplace_back([&temp, path] { make_venv(temp, path); });
        const auto fate = random() % 4;
        if (fate == 0) {
            actions.emplace_back([&temp, path] { files::remove_all(temp / path); });
        } else if (fate == 1) {
            const auto moved = "m" + std::to_string(i);
            actions.emplace_back(
                [&temp, path, moved] { files::rename(temp / path, temp / moved); });
            expected.insert(temp / moved);
        } else {
            expected.insert(temp / path);
        }
    }
    std::thread maker([&] {
        for (const auto& action : actions)
            action();
    });
    const bool all = harness.until([&] { return harness.paths == expected; });
    maker.join();
    CHECK(all);
    CHECK(harness.losses == 0);
}

TEST_CASE("a project is told of as long as it has no environment")
{
    const TempFolder temp;
    temp.file("shop/requirements.txt", "cffi\n");
    temp.file("blog/main.py");
    Harness harness;
    harness.look(temp.path());
    REQUIRE(harness.paths == std::set<std::string>{temp / "shop"});
    CHECK(harness.appeared.front().kind == model::EnvironmentKind::project);
    CHECK(harness.appeared.front().executable.empty());

    make_venv(temp, "shop/.venv");
    REQUIRE(harness.until([&] { return harness.paths == std::set<std::string>{temp / "shop/.venv"}; }));
    files::remove_all(temp / "shop/.venv");
    REQUIRE(harness.until([&] { return harness.paths == std::set<std::string>{temp / "shop"}; }));

    temp.file("blog/pyproject.toml", "[project]\ndependencies = ['cffi']\n");
    REQUIRE(harness.until([&] { return harness.knows(temp / "blog"); }));
    files::remove(temp / "blog/pyproject.toml");
    REQUIRE(harness.until([&] { return !harness.knows(temp / "blog"); }));

    const TempFolder store;
    make_venv(store, "v");
    temp.link("shop/venv", store / "v");
    REQUIRE(harness.until([&] { return !harness.knows(temp / "shop"); }));
    files::remove(temp / "shop/venv");
    REQUIRE(harness.until([&] { return harness.knows(temp / "shop"); }));

    files::rename(temp / "shop", temp / "store");
    REQUIRE(harness.until([&] { return harness.knows(temp / "store"); }));
    CHECK_FALSE(harness.knows(temp / "shop"));
}

TEST_CASE("what a project asks for is written anew, and that is told")
{
    const TempFolder temp;
    temp.file("shop/requirements.txt", "cffi\n");
    Harness harness;
    harness.look(temp.path());
    const auto project = harness.appeared.at(0);
    harness.watcher().follow(project.id, inventory::watch_folders(project, {}, {}));
    temp.file("shop/requirements.txt", "cffi\nsupabase\n");
    CHECK(harness.until([&] { return harness.has(FactKind::configuration_changed, "requirements.txt"); }));
    CHECK(harness.knows(temp / "shop"));
    temp.file("shop/requirements.txt", "# nothing any more\n");
    CHECK(harness.until([&] { return !harness.knows(temp / "shop"); }));
}
