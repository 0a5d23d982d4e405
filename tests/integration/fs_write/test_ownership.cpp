#include "fs/ownership.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

using namespace envfix;

TEST_CASE("a folder that others may write in is no ground for a fix, nor is anything below it")
{
    const TempFolder temp;
    const auto below = temp.folder("open/project/.venv");
    CHECK(fs::check_unshared(below));
    REQUIRE(::chmod((temp / "open").c_str(), 0777) == 0);
    const auto open = fs::check_unshared(below);
    REQUIRE_FALSE(open);
    CHECK(open.error().code == ErrorCode::denied);
    CHECK(open.error().message.find(temp / "open") != std::string::npos);
    CHECK(open.error().message.find("chmod go-w") != std::string::npos);
    REQUIRE(::chmod((temp / "open").c_str(), 01777) == 0); // as /tmp: others cannot exchange what is ours
    CHECK(fs::check_unshared(below));
}

TEST_CASE("a folder of another user is no ground for a fix")
{
    if (::geteuid() != 0) {
        WARN("not run: only root can give a folder away");
        return;
    }
    const TempFolder temp;
    const auto below = temp.folder("theirs/.venv");
    REQUIRE(::chown((temp / "theirs").c_str(), 65534, 65534) == 0);
    const auto theirs = fs::check_unshared(below);
    REQUIRE_FALSE(theirs);
    CHECK(theirs.error().code == ErrorCode::denied);
}

TEST_CASE("a link is judged by where it leads")
{
    const TempFolder temp;
    const auto real = temp.folder("real/.venv");
    temp.link("link", temp / "real");
    CHECK(fs::check_unshared(temp / "link/.venv"));
    REQUIRE(::chmod((temp / "real").c_str(), 0777) == 0);
    CHECK_FALSE(fs::check_unshared(temp / "link/.venv"));
}
