// What a trail says still holds must never hide a change. The clock of these tests stands an hour ahead, as in test_memory.cpp:
// then nothing is so recent that it would not be kept.
#include "capture/trail.hpp"
#include "support/catch.hpp"
#include "support/clock.hpp"
#include "support/temp_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <vector>

using namespace envfix;

namespace {

/// A folder with enough in it that some is asked for from there, and a look at all of it.
struct Site {
    TempFolder folder;
    fs::Tree tree = *fs::Tree::open();

    Site()
    {
        for (int i = 0; i < 20; ++i) folder.file("site/module_" + std::to_string(i) + ".py", "pass");
        folder.file("site/deep/er/module.py", "pass");
        folder.file("elsewhere/target", "one");
        folder.file("elsewhere/other", "two");
        folder.link("site/link", "../elsewhere/target");
        folder.folder("empty");
    }

    /// As a capture asks: statuses, texts, listings, links, what is absent.
    void look(const fs::Tree& seen) const
    {
        const auto site = seen.directory(folder / "site");
        REQUIRE(site);
        REQUIRE(site->list());
        for (int i = 0; i < 20; ++i) REQUIRE(site->stat("module_" + std::to_string(i) + ".py"));
        REQUIRE(site->read("deep/er/module.py", 100));
        REQUIRE(seen.read(folder / "site/link", 100));
        REQUIRE(seen.read_link(folder / "site/link"));
        REQUIRE(seen.real_path(folder / "site/link"));
        REQUIRE(seen.list(folder / "empty"));
        REQUIRE_FALSE(seen.stat(folder / "site/none.py"));
        REQUIRE_FALSE(seen.stat(folder / "nowhere/none.py"));
        REQUIRE(site->forbids_execution() == false);
    }

    std::optional<capture::Trail> trail(std::int64_t at_ns = now_ns() + k_hour_ns) const
    {
        fs::Witness witness;
        look(tree.seen_by(witness));
        return capture::Trail::of(tree, {&witness}, at_ns);
    }
};

timespec changed_at(const std::string& path)
{
    struct stat found {};

    REQUIRE(::lstat(path.c_str(), &found) == 0);
    return found.st_ctim;
}

/// The file system's clock moves in steps: what is done twice in one of them looks like once. Two seconds are what a trail leaves
/// it for that.
void let_the_clock_move(const TempFolder& folder)
{
    const auto first = changed_at(folder.file("clock"));
    auto now = first;
    while (now.tv_sec == first.tv_sec && now.tv_nsec == first.tv_nsec) now = changed_at(folder.file("clock", "tick"));
}

/// Other bytes of the same length, with the mtime set back, as whoever hides a change would.
void write_in_secret(const std::string& path)
{
    struct stat before {};

    REQUIRE(::stat(path.c_str(), &before) == 0);
    const std::array<timespec, 2> times{before.st_atim, before.st_mtim};
    std::fstream(path, std::ios::in | std::ios::out | std::ios::binary) << "fail";
    REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times.data(), 0) == 0);
}

} // namespace

TEST_CASE("a trail holds as long as nothing changes")
{
    const Site site;
    const auto trail = site.trail();
    REQUIRE(trail);
    CHECK(trail->holds(site.tree));
    site.folder.file("elsewhere/new", "nobody looked here");
    CHECK(trail->holds(site.tree));
}

TEST_CASE("a trail does not hold after a change of anything that was looked at")
{
    const Site site;
    const auto in = [&](const char* name) { return site.folder / name; };
    const std::vector<std::pair<const char*, std::function<void()>>> changes{
        {"written over in secret", [&] { write_in_secret(in("site/module_3.py")); }},
        {"the same below a folder", [&] { write_in_secret(in("site/deep/er/module.py")); }},
        {"longer", [&] { site.folder.file("site/module_3.py", "pass # more"); }},
        {"gone", [&] { std::filesystem::remove(in("site/module_3.py")); }},
        {"exchanged for its equal", [&] {
             std::filesystem::copy_file(in("site/module_3.py"), in("elsewhere/copy"));
             std::filesystem::rename(in("elsewhere/copy"), in("site/module_3.py"));
         }},
        {"there by now", [&] { site.folder.file("site/none.py"); }},
        {"there by now in a folder that is new", [&] { site.folder.file("nowhere/none.py"); }},
        {"another name in a folder that was listed",
         [&] { site.folder.file("empty/name"); std::filesystem::remove(in("empty/name")); }},
        {"a link that leads to another file", [&] {
             std::filesystem::remove(in("site/link"));
             site.folder.link("site/link", "../elsewhere/other");
         }},
        {"a link that leads to the same file another way", [&] {
             std::filesystem::remove(in("site/link"));
             site.folder.link("site/link", "../elsewhere/../elsewhere/target");
         }},
        {"what a link leads to", [&] { write_in_secret(in("elsewhere/target")); }},
        {"a folder on the way that another took the place of", [&] {
             std::filesystem::rename(in("site"), in("old"));
             std::filesystem::copy(in("old"), in("site"), std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks);
         }},
        {"a folder that is gone", [&] { std::filesystem::remove_all(in("site")); }},
        {"a file that became a folder", [&] {
             std::filesystem::remove(in("site/module_3.py"));
             std::filesystem::create_directory(in("site/module_3.py"));
         }},
        {"rights", [&] { REQUIRE(::chmod(in("site/module_3.py").c_str(), 0600) == 0); }},
    };
    for (const auto& [name, change] : changes) {
        SECTION(name)
        {
            const auto trail = site.trail();
            REQUIRE(trail);
            REQUIRE(trail->holds(site.tree));
            let_the_clock_move(site.folder);
            change();
            CHECK_FALSE(trail->holds(site.tree));
        }
    }
}

TEST_CASE("what changed only just now leaves no trail")
{
    const Site site;
    CHECK_FALSE(site.trail(now_ns()));
}

TEST_CASE("a file system whose times cannot be trusted leaves no trail")
{
    const auto tree = fs::Tree::open();
    fs::Witness witness;
    REQUIRE(tree->seen_by(witness).stat("/proc/version"));
    CHECK_FALSE(capture::Trail::of(*tree, {&witness}, now_ns() + k_hour_ns));
}

TEST_CASE("two witnesses who contradict each other leave no trail")
{
    const Site site;
    fs::Witness before;
    fs::Witness after;
    REQUIRE(site.tree.seen_by(before).stat(site.folder / "elsewhere/target"));
    site.folder.file("elsewhere/target", "another length");
    REQUIRE(site.tree.seen_by(after).stat(site.folder / "elsewhere/target"));
    CHECK_FALSE(capture::Trail::of(site.tree, {&before, &after}, now_ns() + k_hour_ns));
}

TEST_CASE("a trail comes back from bytes, and half of one does not")
{
    const Site site;
    fs::ByteWriter out;
    site.trail()->put(out);
    fs::ByteReader whole(out.bytes());
    const auto back = capture::Trail::take(whole);
    REQUIRE(whole.finish("a trail"));
    CHECK(back.holds(site.tree));
    for (std::size_t size = 0; size < out.bytes().size(); ++size) {
        fs::ByteReader cut(std::string_view(out.bytes()).substr(0, size));
        const auto half = capture::Trail::take(cut);
        if (cut.finish("a trail")) FAIL("half of a trail was taken for a whole one at " << size);
    }
    std::mt19937 random(7); // NOLINT: the same damages every time
    for (int round = 0; round < 3000; ++round) {
        auto bytes = out.bytes();
        for (auto hits = 1 + random() % 8; hits > 0; --hits) bytes[random() % bytes.size()] = static_cast<char>(random());
        fs::ByteReader damaged(bytes);
        const auto trail = capture::Trail::take(damaged);
        if (damaged.finish("a trail")) static_cast<void>(trail.holds(site.tree)); // whatever it says, it says it
    }
    std::filesystem::remove(site.folder / "site/module_7.py");
    CHECK_FALSE(back.holds(site.tree));
}
