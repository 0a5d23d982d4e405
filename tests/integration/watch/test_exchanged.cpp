#include "harness.hpp"

using namespace envfix;
using namespace envfix::watch;
using inventory::FolderRole;
namespace files = std::filesystem;
using K = FactKind;

namespace {

/// A venv with a backend and a binding, followed as the daemon does it.
struct Exchanged {
    TempFolder temp;
    Harness harness;
    std::string venv = temp / "p/v";
    std::string site = venv + "/lib/python3.11/site-packages";

    Exchanged()
    {
        fill("p/v");
        REQUIRE(follow());
    }

    void fill(const std::string& name) const
    {
        make_venv(temp, name);
        fill_packages(name);
    }

    void fill_packages(const std::string& name) const
    {
        temp.file(name + "/lib/python3.11/site-packages/_cffi_backend.abi3.so");
        temp.file(name + "/lib/python3.11/site-packages/cryptography/hazmat/bindings/_rust.abi3.so");
    }

    bool follow()
    {
        return harness.watcher().follow("e", {{site, FolderRole::site},
                                              {venv, FolderRole::prefix},
                                              {venv + "/bin", FolderRole::bin},
                                              {site + "/cryptography/hazmat/bindings", FolderRole::compiled},
                                              {venv + "/lib/python3.11", FolderRole::library}});
    }

    bool told(K kind, const std::string& name)
    {
        return harness.until([&] { return harness.has(kind, name); });
    }

    /// Whether damage of each of the two compiled files is told, now that all is back.
    void check_that_damage_is_told()
    {
        REQUIRE(told(K::compiled_changed, "")); // something came that had been away: judged again
        harness.facts.clear();
        files::remove(site + "/_cffi_backend.abi3.so");
        CHECK(told(K::compiled_vanished, "_cffi_backend.abi3.so"));
        files::remove(site + "/cryptography/hazmat/bindings/_rust.abi3.so");
        CHECK(told(K::compiled_vanished, "_rust.abi3.so"));
        CHECK(harness.watcher().status().watches <= inventory::k_watches_per_environment);
    }
};

} // namespace

TEST_CASE("site-packages that is deleted and copied back is watched again")
{
    Exchanged env;
    files::remove_all(env.site);
    REQUIRE(env.told(K::folder_gone, env.site));
    env.follow(); // as after each judgement
    env.harness.facts.clear();
    env.fill_packages("p/v");
    env.check_that_damage_is_told();
}

TEST_CASE("a folder of an environment that is moved away and back is watched again")
{
    const std::string away = GENERATE(as<std::string>{}, "/lib/python3.11/site-packages", "/lib/python3.11", "/lib", "",
                                      "/lib/python3.11/site-packages/cryptography");
    CAPTURE(away);
    Exchanged env;
    files::rename(env.venv + away, env.temp / "away");
    REQUIRE(env.harness.until([&] { return !env.harness.facts.empty(); }));
    env.follow();
    env.harness.facts.clear();
    files::rename(env.temp / "away", env.venv + away);
    env.check_that_damage_is_told();
}

TEST_CASE("an environment in the place of which another is put is watched there")
{
    Exchanged env;
    env.fill("other");
    const bool at_once = GENERATE(true, false);
    files::rename(env.venv, env.temp / "old");
    if (!at_once) {
        REQUIRE(env.told(K::folder_gone, env.venv));
        env.harness.facts.clear();
    }
    files::rename(env.temp / "other", env.venv);
    env.check_that_damage_is_told();
}

TEST_CASE("an environment of which a folder far above is exchanged is judged again")
{
    Exchanged env;
    env.harness.look(env.temp.path());
    const auto found = std::ranges::find(env.harness.appeared, env.venv, &model::Environment::path);
    REQUIRE(found != env.harness.appeared.end());
    const auto id = found->id;
    env.harness.watcher().forget("e");
    REQUIRE(env.harness.watcher().follow(id, {{env.site, FolderRole::site}}));
    env.fill("q/v");
    env.harness.run_for(std::chrono::milliseconds(20));
    env.harness.facts.clear();
    // In one go, so that the environment is there whenever it is looked for.
    files::rename(env.temp / "p", env.temp / "r");
    files::rename(env.temp / "q", env.temp / "p");
    const Fact again{id, K::compiled_changed, ""};
    REQUIRE(env.harness.until([&] { return std::ranges::count(env.harness.facts, again) > 0; }));
    files::remove(env.site + "/_cffi_backend.abi3.so");
    CHECK(env.told(K::compiled_vanished, "_cffi_backend.abi3.so"));
}

TEST_CASE("a folder that never comes costs one watch, and six are enough for an environment")
{
    const TempFolder temp;
    Harness harness;
    std::vector<inventory::WatchedFolder> folders;
    for (int i = 0; i < 10; ++i)
        folders.push_back({temp.folder("at" + std::to_string(i)) + "/a/b", FolderRole::site});
    CHECK_FALSE(harness.watcher().follow("e", folders)); // nothing is there that could have changed
    CHECK(harness.watcher().status().watches == 6);
    harness.watcher().forget("e");
    CHECK(harness.watcher().status().watches == 0);
}
