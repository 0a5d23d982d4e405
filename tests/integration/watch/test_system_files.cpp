#include "harness.hpp"

#include <filesystem>

using namespace envfix;
using namespace envfix::watch;
using namespace std::chrono_literals;

namespace {

/// As ldconfig and dpkg do it: a new file beside the old one, and a rename over it.
void replace(const TempFolder& temp, const std::string& name)
{
    temp.file(name + ".new", "other");
    std::filesystem::rename(temp / (name + ".new"), temp / name);
}

/// One by one: g++ 12 sees uninitialised members where they are named together.
Options watching(std::vector<std::string> files)
{
    Options options;
    options.library_files = std::move(files);
    return options;
}

} // namespace

TEST_CASE("a library cache that is replaced is told, and its neighbours are not")
{
    const TempFolder temp;
    temp.file("etc/ld.so.cache", "old");
    temp.folder("var/lib/dpkg");
    Harness harness(watching({temp / "etc/ld.so.cache", temp / "var/lib/dpkg/status"}));
    replace(temp, "etc/passwd");
    harness.run_for(50ms);
    CHECK(harness.library_changes == 0);
    replace(temp, "etc/ld.so.cache");
    CHECK(harness.until([&] { return harness.library_changes == 1; }));
    replace(temp, "var/lib/dpkg/status");
    CHECK(harness.until([&] { return harness.library_changes == 2; }));
}

TEST_CASE("a folder that is exchanged is watched anew")
{
    const TempFolder temp;
    temp.file("etc/ld.so.cache", "old");
    Harness harness(watching({temp / "etc/ld.so.cache"}));
    temp.file("etc.new/ld.so.cache", "new");
    std::filesystem::rename(temp / "etc", temp / "etc.old");
    std::filesystem::rename(temp / "etc.new", temp / "etc");
    CHECK(harness.until([&] { return harness.library_changes >= 1; }));
    harness.run_for(20ms);
    const auto before = harness.library_changes;
    replace(temp, "etc/ld.so.cache");
    CHECK(harness.until([&] { return harness.library_changes > before; }));
}

TEST_CASE("a folder that comes later is watched from the next sweep on")
{
    const TempFolder temp;
    auto options = watching({temp / "etc/ld.so.cache"});
    options.sweep_every = 30ms;
    Harness harness(std::move(options));
    harness.run_for(10ms);
    temp.folder("etc");
    CHECK(harness.until([&] {
        replace(temp, "etc/ld.so.cache");
        return harness.library_changes > 0;
    }));
}

TEST_CASE("a folder that is an environment's as well stays watched when the environment is forgotten")
{
    const TempFolder temp;
    temp.file("etc/ld.so.cache", "old");
    Harness harness(watching({temp / "etc/ld.so.cache"}));
    harness.watcher().follow("e", {{temp / "etc", inventory::FolderRole::site}});
    harness.watcher().forget("e");
    harness.run_for(50ms);
    const auto before = harness.library_changes;
    replace(temp, "etc/ld.so.cache");
    CHECK(harness.until([&] { return harness.library_changes > before; }));
}
