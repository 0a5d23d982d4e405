#include "fs/tree.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>

using namespace envfix;

namespace {

void make_socket(const std::string& path)
{
    const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof address.sun_path);
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

/// What reading METADATA of that directory, directly and through a link, gives; each within 50 ms.
void check_refused(const TempFolder& temp, const std::string& folder, ErrorCode wanted)
{
    const auto tree = fs::Tree::open();
    const auto name = folder + "/METADATA";
    const auto link = folder + "/link";
    temp.link(link, "METADATA");
    const auto began = std::chrono::steady_clock::now();
    CHECK(tree->read(temp / name, 1 << 20).error().code == wanted);
    CHECK(tree->read(temp / link, 1 << 20).error().code == wanted);
    const auto directory = tree->directory(temp / folder);
    REQUIRE(directory);
    CHECK(directory->read("METADATA", 1 << 20).error().code == wanted);
    CHECK(directory->read("link", 1 << 20).error().code == wanted);
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::milliseconds(200));
}

} // namespace

TEST_CASE("what is no regular file is refused without waiting")
{
    const TempFolder temp;
    temp.folder("d");
    SECTION("a FIFO without a writer")
    {
        REQUIRE(::mkfifo((temp / "d/METADATA").c_str(), 0600) == 0);
    }
    SECTION("a socket")
    {
        make_socket(temp / "d/METADATA");
    }
    SECTION("a directory")
    {
        temp.folder("d/METADATA");
    }
    SECTION("a link to a terminal")
    {
        temp.link("d/METADATA", "/dev/tty");
    }
    SECTION("a link to an endless device")
    {
        temp.link("d/METADATA", "/dev/zero");
    }
    SECTION("a link to itself")
    {
        temp.link("d/METADATA", "METADATA");
    }
    SECTION("a device node")
    {
        if (::mknod((temp / "d/METADATA").c_str(), S_IFCHR | 0600, makedev(1, 5)) != 0) return;
    }
    check_refused(temp, "d", ErrorCode::malformed);
}

TEST_CASE("a sparse file of a tebibyte is refused by its size")
{
    const TempFolder temp;
    const auto path = temp.file("d/METADATA");
    if (::truncate(path.c_str(), off_t{1} << 40) != 0)
        return; // a file system that has no such files
    check_refused(temp, "d", ErrorCode::too_large);
    const auto tree = fs::Tree::open();
    const auto file = tree->open_file(path);
    REQUIRE(file);
    CHECK(file->read_at((1ULL << 40) - 4, 100)->size() == 4);
}

TEST_CASE("a name that is too long is malformed")
{
    const auto tree = fs::Tree::open();
    CHECK(tree->read("/tmp/" + std::string(300, 'x'), 10).error().code == ErrorCode::malformed);
    CHECK(tree->read("/tmp" + std::string(6000, '/') + "x", 10).error().code ==
          ErrorCode::malformed);
}

TEST_CASE("forty links in a row are followed and forty-one are not")
{
    const TempFolder temp;
    temp.file("0", "end");
    for (int i = 1; i <= 41; ++i)
        temp.link(std::to_string(i), std::to_string(i - 1));
    const auto tree = fs::Tree::open();
    CHECK(tree->read(temp / "40", 10) == "end");
    CHECK(tree->read(temp / "41", 10).error().code == ErrorCode::malformed);
    CHECK(tree->real_path(temp / "40") == temp / "0");
    CHECK(tree->real_path(temp / "41").error().code == ErrorCode::malformed);
}

TEST_CASE("a link of /proc that jumps into a descriptor of ours is not followed")
{
    const TempFolder temp;
    const auto path = temp.file("own", "secret");
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::filesystem::remove(path);
    const auto link = temp.link("METADATA", "/proc/self/fd/" + std::to_string(fd.get()));
    const auto tree = fs::Tree::open();
    CHECK_FALSE(tree->read(link, 100));
}

TEST_CASE("a file with a lease is busy")
{
    const TempFolder temp;
    const auto path = temp.file("f", "x");
    const UniqueFd holder(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    ::signal(SIGIO, SIG_IGN);
    if (::fcntl(holder.get(), F_SETLEASE, F_WRLCK) != 0) return; // not on this file system
    const auto tree = fs::Tree::open();
    CHECK(tree->read(path, 10).error().code == ErrorCode::busy);
}

TEST_CASE("a directory that vanished while open lists as empty or fails, and nothing worse")
{
    const TempFolder temp;
    temp.file("d/a", "x");
    const auto tree = fs::Tree::open();
    const auto directory = tree->directory(temp / "d");
    std::filesystem::remove_all(temp / "d");
    const auto entries = directory->list();
    CHECK((!entries || entries->empty()));
    CHECK(directory->read("a", 10).error().code == ErrorCode::not_found);
}

TEST_CASE("a file that shrinks after it was opened gives what is left")
{
    const TempFolder temp;
    const auto path = temp.file("f", std::string(100'000, 'x'));
    const auto tree = fs::Tree::open();
    const auto file = tree->open_file(path);
    REQUIRE(::truncate(path.c_str(), 10) == 0);
    CHECK(file->read_all(1 << 20)->size() == 10);
    CHECK(file->read_at(0, 100'000)->size() == 10);
    CHECK(file->read_at(50, 100)->empty());
}
