#include "fs/tree.hpp"
#include "fs/witness.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <filesystem>
#include <string>

using namespace envfix;
using Kind = fs::Question::Kind;

namespace {

struct Seen {
    TempFolder folder;
    fs::Tree machine = *fs::Tree::open();
    fs::Witness witness;
    fs::Tree tree = machine.seen_by(witness);

    fs::Witness::Answers answers() const
    {
        const auto testimony = witness.testimony();
        REQUIRE(testimony);
        return *testimony;
    }

    bool has(const std::string& name, Kind kind, bool is_there) const
    {
        const auto all = answers();
        const auto found = all.find({.path = folder / name, .kind = kind});
        return found != all.end() && found->second.status.has_value() == is_there;
    }
};

} // namespace

TEST_CASE("a witness sees what is asked of a tree, what is absent included")
{
    Seen seen;
    const auto file = seen.folder.file("file", "text");
    seen.folder.link("link", "file");
    CHECK(seen.tree.stat(file));
    CHECK_FALSE(seen.tree.stat(seen.folder / "none"));
    CHECK(seen.tree.lstat(seen.folder / "link"));
    CHECK(seen.tree.read(seen.folder / "link", 100) == "text");
    CHECK_FALSE(seen.tree.open_file(seen.folder / "absent"));
    CHECK(seen.tree.list(seen.folder.path()));
    CHECK(seen.has("file", Kind::stat, true));
    CHECK(seen.has("none", Kind::stat, false));
    CHECK(seen.has("link", Kind::lstat, true));
    CHECK(seen.has("link", Kind::stat, true));
    CHECK(seen.has("absent", Kind::stat, false));
    CHECK(seen.answers().contains({.path = seen.folder.path(), .kind = Kind::stat}));
    CHECK(seen.answers().size() == 6);
}

TEST_CASE("a witness sees what is asked of a folder, and of those below it")
{
    Seen seen;
    seen.folder.file("below/file", "text");
    const auto top = seen.tree.directory(seen.folder.path());
    REQUIRE(top);
    const auto below = top->directory("below");
    REQUIRE(below);
    CHECK(below->read("file", 100) == "text");
    CHECK_FALSE(below->lstat("none"));
    CHECK_FALSE(top->read_link("below/file"));
    CHECK(top->forbids_execution() == false);
    CHECK(seen.has("below", Kind::stat, true));
    CHECK(seen.has("below/file", Kind::stat, true));
    CHECK(seen.has("below/none", Kind::lstat, false));
    CHECK(seen.has("below/file", Kind::lstat, true));
    CHECK(seen.answers().at({.path = seen.folder.path(), .kind = Kind::forbids_execution}).text == "no");
}

TEST_CASE("a still tree tells its witness of each question once")
{
    Seen seen;
    const auto file = seen.folder.file("file", "1");
    const auto still = seen.tree.still();
    CHECK(still.stat(file));
    seen.folder.file("file", "changed");
    CHECK(still.stat(file)->size == 1);
    CHECK(seen.answers().at({.path = file, .kind = Kind::stat}).status->size == 1);
}

TEST_CASE("what changes while it is looked at spoils the testimony")
{
    Seen seen;
    const auto file = seen.folder.file("file", "1");
    CHECK(seen.tree.stat(file));
    CHECK(seen.witness.testimony());
    seen.folder.file("file", "changed");
    CHECK(seen.tree.stat(file));
    CHECK_FALSE(seen.witness.testimony());
}

TEST_CASE("an answer that no status tells again spoils the testimony")
{
    SECTION("a path that leads nowhere in particular")
    {
        Seen seen;
        CHECK_FALSE(seen.tree.real_path(seen.folder / "none"));
        CHECK_FALSE(seen.witness.testimony());
    }
    SECTION("a loop of links")
    {
        Seen seen;
        seen.folder.link("loop", "loop");
        CHECK_FALSE(seen.tree.stat(seen.folder / "loop"));
        CHECK_FALSE(seen.witness.testimony());
    }
    SECTION("another root, whose paths are not the machine's")
    {
        const TempFolder folder;
        const auto image = fs::Tree::open(folder.path());
        REQUIRE(image);
        fs::Witness witness;
        const auto tree = image->seen_by(witness);
        CHECK_FALSE(witness.testimony());
    }
}
