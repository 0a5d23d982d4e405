#include "harness.hpp"

#include <sys/stat.h>
#include <unistd.h>

using namespace envfix;
using namespace envfix::watch;
using inventory::FolderRole;
namespace files = std::filesystem;
using K = FactKind;

namespace {

/// A venv with cryptography and cffi, followed.
struct Followed {
    TempFolder temp;
    Harness harness;
    std::string venv = temp / "v";
    std::string site = temp / "v/lib/python3.11/site-packages";
    std::string compiled = site + "/cryptography/hazmat/bindings";

    Followed()
    {
        make_venv(temp, "v");
        put("_cffi_backend.abi3.so");
        put("cryptography/hazmat/bindings/_rust.abi3.so");
        put("cffi-1.15.1.dist-info/RECORD");
        put("cffi-1.15.1.dist-info/INSTALLER");
        REQUIRE(follow());
    }

    void put(const std::string& name) const
    {
        temp.file("v/lib/python3.11/site-packages/" + name, "x");
    }

    bool follow()
    {
        return harness.watcher().follow("e", {{site, FolderRole::site},
                                              {venv, FolderRole::prefix},
                                              {venv + "/bin", FolderRole::bin},
                                              {compiled, FolderRole::compiled}});
    }

    bool told(K kind, const std::string& name)
    {
        return harness.until([&] { return harness.has(kind, name); });
    }
};

} // namespace

TEST_CASE("damage in an environment is told by name")
{
    Followed env;
    CHECK(env.harness.watcher().status().watches == 4);
    SECTION("a backend is deleted")
    {
        files::remove(env.site + "/_cffi_backend.abi3.so");
        CHECK(env.told(K::compiled_vanished, "_cffi_backend.abi3.so"));
    }
    SECTION("a backend deep in its package is deleted")
    {
        files::remove(env.compiled + "/_rust.abi3.so");
        CHECK(env.told(K::compiled_vanished, "_rust.abi3.so"));
    }
    SECTION("a backend is cut by path, and nothing is opened for it")
    {
        REQUIRE(::truncate((env.site + "/_cffi_backend.abi3.so").c_str(), 0) == 0);
        CHECK(env.told(K::compiled_changed, "_cffi_backend.abi3.so"));
    }
    SECTION("a backend cannot be read any more")
    {
        REQUIRE(::chmod((env.site + "/_cffi_backend.abi3.so").c_str(), 0) == 0);
        CHECK(env.told(K::compiled_changed, "_cffi_backend.abi3.so"));
    }
    SECTION("a dist-info is renamed away")
    {
        files::rename(env.site + "/cffi-1.15.1.dist-info", env.temp / "elsewhere");
        CHECK(env.told(K::metadata_vanished, "cffi-1.15.1.dist-info"));
    }
    SECTION("the interpreter's link goes")
    {
        files::remove(env.venv + "/bin/python");
        CHECK(env.told(K::interpreter_vanished, "python"));
    }
    SECTION("the configuration is written anew")
    {
        env.temp.file("v/pyvenv.cfg", "home = /nowhere\n");
        CHECK(env.told(K::configuration_changed, "pyvenv.cfg"));
    }
    SECTION("site-packages goes as a whole")
    {
        files::rename(env.site, env.temp / "moved");
        CHECK(env.told(K::folder_gone, env.site));
    }
}

TEST_CASE("the RECORD of a new dist-info is told, whenever it comes")
{
    Followed env;
    const std::string name = "jwt-2.0.dist-info";
    const std::string record = env.site + "/" + name + "/RECORD";
    SECTION("long after the folder, by a rename as pip does")
    {
        env.temp.folder("v/lib/python3.11/site-packages/" + name);
        REQUIRE(env.told(K::metadata_appeared, name));
        CHECK_FALSE(env.harness.has(K::record_appeared, name));
        env.put(name + "/INSTALLER");
        REQUIRE(env.told(K::installer_appeared, name));
        files::rename(env.temp.file("record"), record);
        CHECK(env.told(K::record_appeared, name));
    }
    SECTION("at once with the folder")
    {
        env.put(name + "/INSTALLER");
        env.put(name + "/RECORD");
        CHECK(env.told(K::record_appeared, name));
        CHECK(env.told(K::installer_appeared, name));
    }
    SECTION("in a folder that is renamed here whole")
    {
        env.temp.file("stage/RECORD");
        files::rename(env.temp / "stage", env.site + "/" + name);
        CHECK(env.told(K::record_appeared, name));
    }
    REQUIRE(env.harness.watcher().status().watches == 5);
    env.harness.watcher().settled("e");
    CHECK(env.harness.watcher().status().watches == 4);
}

TEST_CASE("a hundred RECORDs written at any moment are all told")
{
    Followed env;
    for (int i = 0; i < 100; ++i) {
        const auto name = "p" + std::to_string(i) + "-1.dist-info";
        env.temp.folder("v/lib/python3.11/site-packages/" + name);
        if (i % 3 == 0)
            env.harness.until([&] { return env.harness.has(K::metadata_appeared, name); });
        env.put(name + "/INSTALLER");
        if (i % 5 == 0)
            env.harness.until([&] { return env.harness.has(K::installer_appeared, name); });
        env.put(name + "/RECORD");
        REQUIRE(env.told(K::record_appeared, name));
    }
    // The oldest watches have given way; what was finished is not watched for ever.
    CHECK(env.harness.watcher().status().watches <= 4 + 64);
}

TEST_CASE("a compiled folder that pip exchanges with its package is watched again")
{
    Followed env;
    files::rename(env.site + "/cryptography", env.site + "/~ryptography");
    REQUIRE(env.told(K::leftover_appeared, "~ryptography"));
    env.put("cryptography/hazmat/bindings/_rust.abi3.so");
    REQUIRE(env.harness.until([&] { return env.harness.has(K::compiled_changed, ""); }));
    env.follow(); // as after each capture
    files::remove_all(env.site + "/~ryptography");
    REQUIRE(env.told(K::leftover_vanished, "~ryptography"));
    env.harness.facts.clear();
    files::remove(env.compiled + "/_rust.abi3.so");
    CHECK(env.told(K::compiled_vanished, "_rust.abi3.so"));
    CHECK(env.harness.watcher().status().watches == 4);
}

TEST_CASE("a shared folder is watched once and told to each of its environments")
{
    Followed env;
    CHECK(env.harness.watcher().follow("second", {{env.site, FolderRole::site}}));
    CHECK(env.harness.watcher().status().watches == 4);
    files::remove(env.site + "/_cffi_backend.abi3.so");
    const Fact first{"e", K::compiled_vanished, "_cffi_backend.abi3.so"};
    const Fact second{"second", K::compiled_vanished, "_cffi_backend.abi3.so"};
    CHECK(env.harness.until([&] {
        return std::ranges::count(env.harness.facts, first) == 1 &&
               std::ranges::count(env.harness.facts, second) == 1;
    }));
    env.harness.watcher().forget("e");
    CHECK(env.harness.watcher().status().watches == 1);
    env.harness.watcher().forget("second");
    CHECK(env.harness.watcher().status().watches == 0);
}

TEST_CASE("following again what is followed costs and tells nothing")
{
    Followed env;
    CHECK_FALSE(env.follow());
    CHECK(env.harness.watcher().status().watches == 4);
}

TEST_CASE("an environment has six watches at most, of the folders that exist")
{
    const TempFolder temp;
    Harness harness;
    std::vector<inventory::WatchedFolder> folders;
    for (int i = 0; i < 10; ++i) {
        const auto name = std::to_string(i);
        folders.push_back({i < 2 ? temp / name : temp.folder(name), FolderRole::site});
    }
    CHECK(harness.watcher().follow("e", folders));
    CHECK(harness.watcher().status().watches == 6);
}

TEST_CASE("reading an environment is no event")
{
    Followed env;
    const auto tree = fs::Tree::open();
    REQUIRE(tree);
    REQUIRE(tree->list(env.site));
    REQUIRE(tree->read(env.site + "/_cffi_backend.abi3.so", 100));
    REQUIRE(tree->read(env.venv + "/pyvenv.cfg", 100));
    env.put("marker.pth"); // what comes after it has been read is told
    REQUIRE(env.told(K::path_file_changed, "marker.pth"));
    CHECK(std::ranges::all_of(env.harness.facts, [](const auto& fact) {
        return fact.kind == K::path_file_changed || fact.kind == K::other;
    }));
    CHECK_FALSE(env.harness.has(K::compiled_changed, "_cffi_backend.abi3.so"));
}
