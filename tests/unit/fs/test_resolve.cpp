#include "fs/resolve.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>

using namespace envfix;
using fs::Links;

namespace {

/// Inode of what was opened, or minus errno.
long opened(const UniqueFd& fd)
{
    if (!fd) return -errno;

    struct stat found {};

    return ::fstat(fd.get(), &found) == 0 ? static_cast<long>(found.st_ino) : -errno;
}

} // namespace

TEST_CASE("one openat for each component finds what openat2 finds")
{
    const TempFolder temp;
    temp.file("root/a/b/f", "x");
    temp.link("root/file", "a/b/f");
    temp.link("root/abs", "/a/b/f");
    temp.link("root/a/up", "../a/b");
    temp.link("root/a/out", "../../../../a");
    temp.link("root/loop", "loop");
    temp.link("root/dangling", "none");
    temp.link("root/slash", "a/b/");
    const UniqueFd root(::open((temp / "root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    const auto links = GENERATE(Links::follow, Links::follow_but_last, Links::refuse);
    const int flags = GENERATE(O_RDONLY, O_PATH, O_RDONLY | O_DIRECTORY);
    for (const char* path :
         {"/a/b/f",  "/file",     "/abs",      "/a/up/f",     "/a/up",    "/a/out/b/f",
          "/loop",   "/dangling", "/slash/f",  "/slash",      "/",        "/a/",
          "/a/.",    "/a/b/..",   "/../a",     "/a/b/f/",     "/a/b/f/x", "/none",
          "/none/x", "/file/",    "//a//b//f", "/a/up/../b/f"}) {
        INFO(path << " flags " << flags << " links " << static_cast<int>(links));
        if (links == Links::refuse && std::string(path).find("..") != std::string::npos) continue;
        const auto kernel = opened(fs::open_path({.root = root.get()}, path, flags, links));
        const auto steps = opened(fs::open_by_steps({.root = root.get()}, path, flags, links));
        CHECK((kernel < 0) == (steps < 0));
        if (kernel >= 0) CHECK(kernel == steps);
        if (kernel == -ELOOP) CHECK(steps == -ELOOP);
    }
}

TEST_CASE("relative paths step from their directory")
{
    const TempFolder temp;
    temp.file("d/e/f");
    temp.link("d/abs", temp / "d/e");
    const UniqueFd dir(::open((temp / "d").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    for (const char* path : {"e/f", "abs/f", "e", "./e/f"}) {
        INFO(path);
        const auto kernel =
            opened(fs::open_path({.dir = dir.get()}, path, O_RDONLY, Links::follow));
        CHECK(kernel > 0);
        CHECK(kernel ==
              opened(fs::open_by_steps({.dir = dir.get()}, path, O_RDONLY, Links::follow)));
    }
    CHECK(opened(fs::open_by_steps({.dir = dir.get()}, "abs/f", O_RDONLY, Links::refuse)) ==
          -ELOOP);
}

TEST_CASE("a mount is not crossed where that is asked for")
{
    const UniqueFd root(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    const fs::Start start{.dir = root.get(), .one_file_system = true};
    CHECK(opened(fs::open_path(start, "proc/self", O_PATH, Links::refuse)) == -EXDEV);
    CHECK(opened(fs::open_by_steps(start, "proc/version", O_PATH, Links::refuse)) == -EXDEV);
}
