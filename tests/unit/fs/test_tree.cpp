#include "fs/tree.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <unistd.h>

#include <filesystem>
#include <string>

using namespace envfix;
using namespace std::string_literals;

TEST_CASE("a regular file is read as a whole, an empty one too")
{
    const TempFolder temp;
    const auto tree = fs::Tree::open();
    REQUIRE(tree);
    CHECK(tree->read(temp.file("a", "some\0text"s), 100) == "some\0text"s);
    CHECK(tree->read(temp.file("empty"), 100) == "");
    CHECK(tree->read(temp.link("l", "a"), 100) == "some\0text"s);
}

TEST_CASE("a file of exactly the cap is read and one byte more is refused")
{
    const TempFolder temp;
    const auto tree = fs::Tree::open();
    const auto path = temp.file("a", "0123456789");
    CHECK(tree->read(path, 10) == "0123456789");
    CHECK(tree->read(path, 9).error().code == ErrorCode::too_large);
}

TEST_CASE("what is missing is not_found and says which path")
{
    const TempFolder temp;
    const auto tree = fs::Tree::open();
    const auto got = tree->read(temp / "none", 10);
    REQUIRE(!got);
    CHECK(got.error().code == ErrorCode::not_found);
    CHECK_THAT(got.error().message, ContainsSubstring(temp / "none"));
    temp.file("a");
    CHECK(tree->read(temp / "a/b", 10).error().code == ErrorCode::not_found);
    CHECK_FALSE(tree->exists(temp / "none"));
}

TEST_CASE("paths that are relative, empty or hold a zero byte are malformed")
{
    const auto tree = fs::Tree::open();
    CHECK(tree->read("etc/passwd", 10).error().code == ErrorCode::malformed);
    CHECK(tree->read("", 10).error().code == ErrorCode::malformed);
    CHECK(tree->read("/etc/passwd\0x"s, 10000).error().code == ErrorCode::malformed);
    CHECK(tree->stat("/etc\0x"s).error().code == ErrorCode::malformed);
    CHECK(tree->real_path("x").error().code == ErrorCode::malformed);
}

TEST_CASE("stat follows links and lstat does not")
{
    const TempFolder temp;
    const auto tree = fs::Tree::open();
    temp.file("f", "12345");
    const auto link = temp.link("l", "f");
    CHECK(tree->stat(link)->size == 5);
    CHECK(tree->stat(link)->is_regular());
    CHECK(tree->lstat(link)->is_link());
    CHECK(tree->read_link(link) == "f");
    CHECK(tree->read_link(temp / "f").error().code == ErrorCode::malformed);
}

TEST_CASE("real_path removes links and dots")
{
    const TempFolder temp;
    const auto tree = fs::Tree::open();
    temp.file("base/bin/python");
    temp.link("cur", "base");
    temp.link("venv/bin/python", "../../cur/bin/python");
    CHECK(tree->real_path(temp / "venv/bin/python") == temp / "base/bin/python");
    CHECK(tree->real_path(temp / "venv/./bin/../bin//python") == temp / "base/bin/python");
    CHECK(tree->real_path(temp / "venv/bin/") == temp / "venv/bin");
    CHECK(tree->real_path("/") == "/");
    CHECK(tree->real_path("/..") == "/");
    CHECK(tree->real_path(temp / "venv/none").error().code == ErrorCode::not_found);
}

TEST_CASE("inside a root of its own, absolute links and .. stay inside")
{
    const TempFolder temp;
    temp.file("secret", "outside");
    temp.file("root/etc/name", "inside");
    temp.file("root/secret", "the root's own");
    temp.link("root/abs", "/etc/name");
    temp.link("root/up", "../../../../secret");
    temp.link("root/usr/bin/deep", "/abs");
    temp.link("root/usr/here", "/etc");
    const auto tree = fs::Tree::open(temp / "root");
    REQUIRE(tree);
    CHECK_FALSE(tree->is_system());
    CHECK(tree->read("/abs", 100) == "inside");
    CHECK(tree->read("/usr/bin/deep", 100) == "inside");
    CHECK(tree->read("/up", 100) == "the root's own");
    CHECK(tree->read("/../secret", 100) == "the root's own");
    CHECK(tree->real_path("/usr/bin/deep") == "/etc/name");
    CHECK(tree->real_path("/up") == "/secret");
    CHECK(tree->stat("/usr/bin/deep")->size == 6);
    CHECK(tree->lstat("/usr/bin/deep")->is_link());
    CHECK(tree->read_link("/usr/bin/deep") == "/abs");
    CHECK(tree->read_link("/etc/name").error().code == ErrorCode::malformed);
    CHECK(tree->is_directory("/usr/here"));

    const auto usr = tree->directory("/usr");
    REQUIRE(usr);
    CHECK(usr->read("bin/deep", 100) == "inside");
    CHECK(usr->read("here/name", 100) == "inside");
    CHECK(usr->stat("here/name")->size == 6);
    CHECK(usr->directory("here")->read("name", 100) == "inside");
}

TEST_CASE("a file of another user is refused, root's and one's own are read")
{
    if (::geteuid() != 0) return; // chown needs it
    const TempFolder temp;
    const auto path = temp.file("f", "x");
    const auto tree = fs::Tree::open("/", {.uid = 4242});
    CHECK(tree->read(path, 10) == "x");
    REQUIRE(::chown(path.c_str(), 4242, 4242) == 0);
    CHECK(tree->read(path, 10) == "x");
    REQUIRE(::chown(path.c_str(), 4243, 4243) == 0);
    const auto got = tree->read(path, 10);
    REQUIRE(!got);
    CHECK(got.error().code == ErrorCode::denied);
    CHECK_THAT(got.error().message, ContainsSubstring("owned by uid 4243"));
    CHECK(fs::Tree::open("/", {.uid = 0})->read(path, 10) == "x");
    const auto folder = temp.folder("d");
    REQUIRE(::chown(folder.c_str(), 4243, 4243) == 0);
    CHECK(tree->list(folder).error().code == ErrorCode::denied);
}

TEST_CASE("part of a file is read from any offset")
{
    const TempFolder temp;
    const auto tree = fs::Tree::open();
    const auto file = tree->open_file(temp.file("f", "0123456789"));
    REQUIRE(file);
    CHECK(file->status().size == 10);
    CHECK(file->read_at(3, 4) == "3456");
    CHECK(file->read_at(8, 4) == "89");
    CHECK(file->read_at(10, 4) == "");
    CHECK(file->read_at(~0ULL, 4) == "");
    CHECK(file->read_at(0, ~0ULL) == "0123456789");
}

TEST_CASE("a file of /proc, whose size is told as zero, is read")
{
    const auto tree = fs::Tree::open();
    const auto text = tree->read("/proc/self/status", 100'000);
    REQUIRE(text);
    CHECK_THAT(*text, ContainsSubstring("Name:"));
}

TEST_CASE("a still tree tells of a path once more what it told, and the tree itself what is there now")
{
    const TempFolder temp;
    const auto tree = fs::Tree::open(GENERATE(true, false) ? "/" : temp.path());
    REQUIRE(tree);
    const auto at = [&](const std::string& name) { return tree->is_system() ? temp / name : "/" + name; };
    temp.file("text", "before");
    temp.link("link", "text");

    const auto still = tree->still();
    CHECK(still.is_system() == tree->is_system());
    CHECK_FALSE(still.exists(at("new")));
    CHECK(still.read(at("text"), 100) == "before");
    CHECK(still.read_link(at("link")) == "text");
    CHECK(still.lstat(at("link"))->is_link());
    CHECK(still.stat(at("link"))->is_regular());

    temp.file("new");
    temp.file("text", "after it");
    std::filesystem::remove(temp / "link");
    CHECK_FALSE(still.exists(at("new")));
    CHECK(still.read(at("text"), 100) == "before");
    CHECK(still.read(at("text"), 3).error().code == ErrorCode::too_large);
    CHECK(still.read_link(at("link")) == "text");
    CHECK(still.lstat(at("link"))->is_link());
    CHECK(tree->exists(at("new")));
    CHECK(tree->read(at("text"), 100) == "after it");
    CHECK_FALSE(tree->lstat(at("link")));
}
