#include "base/sha256.hpp"
#include "fs/copy.hpp"
#include "fs/crc32c.hpp"
#include "fs/fault.hpp"
#include "fs/lock.hpp"
#include "fs/mount.hpp"
#include "fs/write_tree.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fs = envfix::fs;
using envfix::ErrorCode;

namespace {

std::string bytes_of(const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

fs::WriteTree open(const std::string& path)
{
    auto tree = fs::WriteTree::open(path);
    REQUIRE(tree);
    return *std::move(tree);
}

} // namespace

TEST_CASE("paths with anything but plain names are refused")
{
    const TempFolder folder;
    const auto tree = open(folder.path());
    const auto path = GENERATE(as<std::string>{}, "", ".", "..", "a/..", "a/../b", "/etc", "a//b",
                               "a/", std::string("a\0b", 3));
    CHECK_FALSE(fs::is_plain_relative(path));
    CHECK(tree.write_file(path, "x", 0600).error().code == ErrorCode::malformed);
    CHECK(tree.lstat(path).error().code == ErrorCode::malformed);
    CHECK(tree.remove_tree(path).error().code == ErrorCode::malformed);
}

TEST_CASE("no write is led elsewhere by a link")
{
    const TempFolder folder;
    folder.folder("tree");
    folder.folder("elsewhere");
    folder.link("tree/link", folder / "elsewhere");
    folder.file("tree/file", "file");
    const auto tree = open(folder / "tree");
    CHECK_FALSE(tree.write_file("link/new", "x", 0600));
    CHECK_FALSE(tree.atomic_replace("link/new", "x", 0600));
    CHECK_FALSE(tree.make_directory("link/new", 0700));
    CHECK_FALSE(tree.make_directories("link/new/deep"));
    CHECK_FALSE(tree.rename("file", "link/file"));
    CHECK(std::filesystem::is_empty(folder / "elsewhere"));
}

TEST_CASE("a file is replaced wholly, also in the place of a link")
{
    const TempFolder folder;
    folder.file("target", "target");
    folder.link("name", "target");
    const auto tree = open(folder.path());
    REQUIRE(tree.atomic_replace("name", "new", 0640));
    CHECK(bytes_of(folder / "name") == "new");
    CHECK(bytes_of(folder / "target") == "target");
    CHECK((tree.lstat("name")->mode & 07777U) == 0640);
}

#ifdef ENVFIX_FAULTS
TEST_CASE("a replacement that fails leaves the old file and no other")
{
    const TempFolder folder;
    folder.file("name", "old");
    const auto tree = open(folder.path());
    for (const auto* const point : {"create", "write", "sync", "rename"}) {
        REQUIRE(fs::fault::arm(std::string("fs.atomic-replace.") + point + "=enospc"));
        const auto replaced = tree.atomic_replace("name", "new", 0600);
        REQUIRE(fs::fault::arm(""));
        REQUIRE_FALSE(replaced);
        CHECK(replaced.error().code == ErrorCode::no_space);
        CHECK(bytes_of(folder / "name") == "old");
        CHECK(tree.list("")->size() == 1);
    }
    REQUIRE(tree.atomic_replace("name", "new", 0600));
    CHECK(bytes_of(folder / "name") == "new");
}
#endif

TEST_CASE("a rename does not take a name that is taken")
{
    const TempFolder folder;
    folder.file("a", "a");
    folder.file("b", "b");
    const auto tree = open(folder.path());
    CHECK(tree.rename("a", "b").error().code == ErrorCode::plan_changed);
    CHECK(bytes_of(folder / "b") == "b");
    REQUIRE(tree.exchange("a", "b"));
    CHECK(bytes_of(folder / "b") == "a");
    REQUIRE(tree.rename("a", "c"));
    CHECK(tree.rename("a", "d").error().code == ErrorCode::not_found);
}

TEST_CASE("a copy has the bytes of the original and their digest")
{
    const TempFolder folder;
    folder.file("from", std::string(700'000, 'x'));
    const auto tree = open(folder.path());
    const auto from = tree.open_file("from");
    const auto to = tree.create_file("to", 0604);
    REQUIRE(from);
    REQUIRE(to);
    const auto copied = fs::copy_bytes(from->get(), to->get(), "to", 1U << 20U);
    REQUIRE(copied);
    CHECK(copied->size == 700'000);
    CHECK(copied->sha256 == envfix::sha256_hex(std::string(700'000, 'x')));
    CHECK(*tree.sha256("to") == copied->sha256);
    REQUIRE(fs::set_mtime(to->get(), -1));
    CHECK(tree.lstat("to")->mtime_ns == -1);
    CHECK((tree.lstat("to")->mode & 07777U) == 0604);

    const auto again = tree.create_file("again", 0600);
    REQUIRE(again);
    CHECK(fs::copy_bytes(from->get(), again->get(), "again", 10).error().code ==
          ErrorCode::too_large);
}

TEST_CASE("what is no regular file is not opened, and nothing blocks")
{
    const TempFolder folder;
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
    folder.link("link", "fifo");
    const auto tree = open(folder.path());
    CHECK(tree.open_file("fifo").error().code == ErrorCode::malformed);
    CHECK_FALSE(tree.open_file("link"));
    CHECK_FALSE(tree.sha256("fifo"));
}

TEST_CASE("a lock is one's own until it is given back")
{
    const TempFolder folder;
    {
        const auto lock = fs::FileLock::directory(folder.path());
        REQUIRE(lock);
        const auto second = fs::FileLock::directory(folder.path());
        REQUIRE_FALSE(second);
        CHECK(second.error().code == ErrorCode::busy);
        CHECK_THAT(second.error().message, ContainsSubstring(std::to_string(::getpid())));
    }
    CHECK(fs::FileLock::directory(folder.path()));

    const auto lock = fs::FileLock::file(folder / "lock");
    REQUIRE(lock);
    CHECK(bytes_of(folder / "lock") == std::to_string(::getpid()) + "\n");
    CHECK(fs::FileLock::file(folder / "lock").error().code == ErrorCode::busy);
    folder.link("trap", "lock");
    CHECK_FALSE(fs::FileLock::file(folder / "trap"));
}

TEST_CASE("a lock goes with its process")
{
    const TempFolder folder;
    int ends[2]{};
    REQUIRE(::pipe(ends) == 0);
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const auto lock = fs::FileLock::directory(folder.path());
        const char well = lock ? '1' : '0';
        if (::write(ends[1], &well, 1) == 1) ::pause();
        ::_exit(1);
    }
    char well = 0;
    REQUIRE(::read(ends[0], &well, 1) == 1);
    CHECK(well == '1');
    CHECK_FALSE(fs::FileLock::directory(folder.path()));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    CHECK(fs::FileLock::directory(folder.path()));
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST_CASE("our own folders are private, or refused")
{
    const TempFolder folder;
    REQUIRE(fs::make_private_directories(folder / "a/b/c"));
    CHECK((open(folder.path()).lstat("a/b/c")->mode & 07777U) == 0700);
    CHECK(fs::make_private_directories(folder / "a/b/c"));
    ::chmod((folder / "a/b/c").c_str(), 0777);
    CHECK(fs::make_private_directories(folder / "a/b/c").error().code == ErrorCode::denied);
    CHECK(fs::make_private_directories("relative").error().code == ErrorCode::malformed);
    folder.file("file");
    CHECK_FALSE(fs::make_private_directories(folder / "file"));
}

TEST_CASE("two folders of one file system are on the same mount, and /proc is on another")
{
    const TempFolder folder;
    const auto a = open(folder.path());
    const auto b = open(folder.folder("b"));
    const auto proc = open("/proc");
    CHECK(*fs::mount_id(a.descriptor()) == *fs::mount_id(b.descriptor()));
    CHECK(*fs::mount_id(a.descriptor()) != *fs::mount_id(proc.descriptor()));
    CHECK(*fs::free_bytes(a.descriptor()) > 0);
}

TEST_CASE("the checksum is the one of RFC 3720")
{
    CHECK(fs::crc32c("123456789") == 0xE3069283U);
    CHECK(fs::crc32c(std::string(32, '\0')) == 0x8A9136AAU);
    CHECK(fs::crc32c("56789", fs::crc32c("1234")) == 0xE3069283U);
}

#ifdef ENVFIX_FAULTS
TEST_CASE("a fault that is no fault is refused")
{
    const auto text = GENERATE(as<std::string>{}, "x", "x=", "=kill", "x=explode", "x=kill:0",
                               "x=kill:", "x=kill:1x");
    CHECK(fs::fault::arm(text).error().code == ErrorCode::malformed);
}
#endif
