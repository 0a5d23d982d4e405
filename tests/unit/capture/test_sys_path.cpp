#include "capture/sys_path.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

using namespace envfix;
using capture::SysPath;
using model::PathOrigin;

namespace {

constexpr const char* k_site = "lib/python3.12/site-packages";

/// A prefix with a library and a site-packages folder, as upstream lays it out.
class Prefix {
public:
    Prefix()
    {
        folder.file("bin/python3.12");
        ::chmod((folder / "bin/python3.12").c_str(), 0755);
        folder.file("lib/python3.12/os.py");
        folder.folder("lib/python3.12/lib-dynload");
        folder.folder(k_site);
    }

    [[nodiscard]] std::string site(const std::string& name = {}) const
    {
        return folder / (std::string(k_site) + (name.empty() ? "" : "/" + name));
    }

    [[nodiscard]] std::string in_site(const std::string& name) const
    {
        return std::string(k_site) + "/" + name;
    }

    [[nodiscard]] SysPath path(fs::Reader reader = fs::Reader::of_process(),
                               const std::string& executable = "bin/python3.12") const
    {
        const auto tree = fs::Tree::open("/", reader);
        const auto found = capture::sys_path_of_invocation(
            *tree, {.minor = 12, .micro = 4},
            {.argv = {folder / executable}, .environment = {{"HOME", folder / "home"}}});
        REQUIRE(found);
        return *found;
    }

    /// What comes after lib-dynload.
    [[nodiscard]] std::vector<std::string> added() const
    {
        const auto found = path();
        REQUIRE(found.entries.size() >= 3);
        std::vector<std::string> out;
        for (std::size_t i = 3; i < found.entries.size(); ++i)
            out.push_back(found.entries[i].path);
        return out;
    }

    TempFolder folder;
};

} // namespace

TEST_CASE("each entry says where it comes from, which file declared it and whether it is there")
{
    const Prefix prefix;
    const auto extra = prefix.folder.folder("extra");
    const auto pth = prefix.folder.file(prefix.in_site("a.pth"), extra + "\n");
    const auto found = prefix.path();
    const auto& base = prefix.folder.path();
    CHECK(found.entries == std::vector<model::PathEntry>{
                               {base + "/lib/python312.zip", PathOrigin::stdlib, "", false},
                               {base + "/lib/python3.12", PathOrigin::stdlib, "", true},
                               {base + "/lib/python3.12/lib-dynload", PathOrigin::stdlib, "", true},
                               {prefix.site(), PathOrigin::system_site, "", true},
                               {extra, PathOrigin::pth, pth, true}});
    CHECK(found.prefix == base);
    CHECK(found.complete);
    CHECK(found.fatal.empty());
}

TEST_CASE("import lines are listed and never run, but for those that are known to be harmless")
{
    const Prefix prefix;
    const auto unknown =
        prefix.folder.file(prefix.in_site("u.pth"), "# c\nimport sys; sys.path.append('/x')\n");
    prefix.folder.file(prefix.in_site("_virtualenv.pth"), "import _virtualenv");
    prefix.folder.file(
        prefix.in_site("distutils-precedence.pth"),
        "import os; var = 'SETUPTOOLS_USE_DISTUTILS'; enabled = os.environ.get(var, 'local') == "
        "'local'; enabled and __import__('_distutils_hack').add_shim(); ");
    const auto namespaces = prefix.folder.file(prefix.in_site("b-nspkg.pth"),
                                               "import sys, types, os;sys.path.append('/x')");
    prefix.folder.file(prefix.in_site("a-nspkg.pth"),
                       "import sys, types, os;p = os.path.join('a')");
    CHECK(prefix.path().executed ==
          std::vector<model::ExecutedLine>{
              {namespaces, 1, "import sys, types, os;sys.path.append('/x')"},
              {unknown, 2, "import sys; sys.path.append('/x')"}});
}

TEST_CASE("easy-install.pth puts its entries in front")
{
    const Prefix prefix;
    const auto dev = prefix.folder.folder("dev");
    prefix.folder.file(
        prefix.in_site("easy-install.pth"),
        "import sys; sys.__plen = len(sys.path)\n" + dev +
            "\nimport sys; new=sys.path[sys.__plen:]; del sys.path[sys.__plen:]; "
            "p=getattr(sys,'__egginsert',0); sys.path[p:p]=new; sys.__egginsert = p+len(new)\n");
    const auto found = prefix.path();
    CHECK(found.entries.front().path == dev);
    CHECK(found.entries.back().path == prefix.site());
    CHECK(found.executed.empty());
}

TEST_CASE("a sitecustomize that may touch the path is listed, Debian's is not")
{
    const Prefix prefix;
    const auto file =
        prefix.folder.file("lib/python3.12/sitecustomize.py", "try:\n    import apport\n");
    CHECK(prefix.path().executed.empty());
    prefix.folder.file("lib/python3.12/sitecustomize.py", "import sys; sys.path.append('/x')\n");
    CHECK(prefix.path().executed == std::vector<model::ExecutedLine>{{file, 0, "sitecustomize"}});
}

TEST_CASE("hostile .pth files are left out and told of, and nothing waits")
{
    const Prefix prefix;
    REQUIRE(::mkfifo(prefix.site("fifo.pth").c_str(), 0600) == 0);
    prefix.folder.link(prefix.in_site("loop.pth"), "loop.pth");
    prefix.folder.link(prefix.in_site("device.pth"), "/dev/zero");
    prefix.folder.file(prefix.in_site("huge.pth"));
    REQUIRE(::truncate(prefix.site("huge.pth").c_str(), off_t{1} << 36) == 0);
    prefix.folder.folder(prefix.in_site("folder.pth"));
    const auto good = prefix.folder.folder("good");
    prefix.folder.file(prefix.in_site("z.pth"), good);
    const auto found = prefix.path();
    CHECK(found.entries.back().path == good);
    CHECK(found.unreadable.size() == 4);
}

TEST_CASE("a site folder of another user is told of as unreadable")
{
    if (::geteuid() != 0) return; // chown needs it
    const Prefix prefix;
    prefix.folder.file(prefix.in_site("a.pth"), prefix.folder.folder("x"));
    REQUIRE(::chown(prefix.site("a.pth").c_str(), 4243, 4243) == 0);
    auto found = prefix.path({.uid = 4242});
    CHECK(found.entries.back().path == prefix.site());
    REQUIRE(found.unreadable.size() == 1);
    CHECK(found.unreadable[0].path == prefix.site("a.pth"));
    REQUIRE(::chown(prefix.site().c_str(), 4243, 4243) == 0);
    found = prefix.path({.uid = 4242});
    REQUIRE(found.unreadable.size() == 1);
    CHECK(found.unreadable[0].path == prefix.site());
}

TEST_CASE("a name with a zero byte and a path that is too long are not there")
{
    const Prefix prefix;
    prefix.folder.file(prefix.in_site("a.pth"),
                       prefix.folder.path() + std::string("\0x\n", 3) + std::string(60'000, 'a'));
    CHECK(prefix.added() == std::vector<std::string>{prefix.site()});
}

TEST_CASE("without a standard library the interpreter does not start")
{
    const Prefix prefix;
    std::filesystem::remove(prefix.folder / "lib/python3.12/os.py");
    prefix.folder.file("lib/python312.zip"); // a landmark, but empty
    const auto found = prefix.path();
    CHECK_THAT(found.fatal, ContainsSubstring("standard library"));
}

TEST_CASE("bytes that are not UTF-8 in pyvenv.cfg or a .pth file end the interpreter")
{
    const Prefix prefix;
    SECTION("pyvenv.cfg")
    {
        prefix.folder.file("pyvenv.cfg", "home = \xe9\n");
    }
    SECTION(".pth")
    {
        prefix.folder.file(prefix.in_site("a.pth"), "# \xe9\n");
    }
    CHECK_THAT(prefix.path().fatal, ContainsSubstring("not UTF-8"));
}

TEST_CASE("a link that leads in a circle ends the search for the program")
{
    const Prefix prefix;
    prefix.folder.link("bin/a", "b");
    prefix.folder.link("bin/b", "a");
    CHECK(prefix.path(fs::Reader::of_process(), "bin/a").prefix == prefix.folder.path());
}

TEST_CASE("many .pth files with the same line add it once")
{
    const Prefix prefix;
    const auto extra = prefix.folder.folder("extra");
    for (int i = 0; i < 300; ++i)
        prefix.folder.file(prefix.in_site(std::to_string(i) + ".pth"), extra + "\n" + extra + "\n");
    CHECK(prefix.added() == std::vector<std::string>{prefix.site(), extra});
}

TEST_CASE("an invocation that makes no sense is refused")
{
    const auto tree = fs::Tree::open();
    CHECK(capture::sys_path_of_invocation(*tree, {.minor = 12}, {}).error().code ==
          ErrorCode::malformed);
    CHECK(capture::sys_path_of_invocation(*tree, {.minor = 12}, {.argv = {"python3"}, .cwd = "x"})
              .error()
              .code == ErrorCode::malformed);
}
