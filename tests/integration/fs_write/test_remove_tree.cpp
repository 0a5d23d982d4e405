#include "fs/write_tree.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fs = envfix::fs;
using envfix::ErrorCode;

namespace {

fs::WriteTree open(const std::string& path)
{
    auto tree = fs::WriteTree::open(path);
    REQUIRE(tree);
    return *std::move(tree);
}

} // namespace

TEST_CASE("a tree is removed with links, pipes and folders without rights, and no link is followed")
{
    const TempFolder folder;
    folder.file("outside/kept", "kept");
    folder.file("stage/a/b/c", "c");
    folder.link("stage/a/link", folder / "outside");
    folder.link("stage/a/dangling", "nowhere");
    REQUIRE(::mkfifo((folder / "stage/fifo").c_str(), 0600) == 0);
    folder.file("stage/closed/file", "x");
    ::chmod((folder / "stage/closed").c_str(), 0);
    const auto tree = open(folder.path());
    REQUIRE(tree.remove_tree("stage"));
    CHECK_FALSE(tree.exists("stage"));
    CHECK(tree.exists("outside/kept"));
    CHECK(tree.remove_tree("stage"));
}

TEST_CASE("the name of a tree may be a file or a link")
{
    const TempFolder folder;
    folder.file("outside/kept", "kept");
    folder.link("link", folder / "outside");
    folder.file("file");
    const auto tree = open(folder.path());
    REQUIRE(tree.remove_tree("link"));
    REQUIRE(tree.remove_tree("file"));
    CHECK(tree.list("")->size() == 1);
    CHECK(tree.exists("outside/kept"));
}

TEST_CASE("a tree of too many names is left with an error")
{
    const TempFolder folder;
    for (int i = 0; i < 30; ++i)
        folder.file("stage/" + std::to_string(i));
    const auto tree = open(folder.path());
    CHECK(tree.remove_tree("stage", 10).error().code == ErrorCode::too_large);
    CHECK(tree.remove_tree("stage"));
}

TEST_CASE("a deep tree is removed without deep calls")
{
    const TempFolder folder;
    std::string path = "stage";
    for (int i = 0; i < 200; ++i)
        path += "/d";
    folder.file(path + "/file");
    CHECK(open(folder.path()).remove_tree("stage"));
}

TEST_CASE("a mount below the tree is not entered")
{
    const TempFolder folder;
    folder.folder("stage/mount");
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        constexpr int k_no_namespace = 77;
        if (::unshare(CLONE_NEWNS) != 0 ||
            ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount("tmpfs", (folder / "stage/mount").c_str(), "tmpfs", 0, nullptr) != 0)
            ::_exit(k_no_namespace);
        folder.file("stage/mount/kept", "kept");
        const auto tree = fs::WriteTree::open(folder.path());
        const bool refused = tree && !tree->remove_tree("stage");
        ::_exit(refused && std::filesystem::exists(folder / "stage/mount/kept") ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        WARN("no right to mount here");
        return;
    }
    CHECK(WEXITSTATUS(status) == 0);
}
