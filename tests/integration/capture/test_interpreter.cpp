#include "capture/interpreter.hpp"
#include "capture/sys_path.hpp"
#include "real_pythons.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

using namespace envfix;

namespace {

using Variables = std::map<std::string, std::string>;

/// Compares what envfix read with what the interpreter says of itself.
void compare(const std::string& executable, const Variables& variables)
{
    INFO(executable);
    const auto real = real_pythons::facts_of(executable, variables);
    REQUIRE(real.is_object());
    const auto tree = fs::Tree::open();
    const auto described = capture::describe_interpreter(*tree, executable);
    REQUIRE(described);
    const auto word = [&](const char* key) { return real[key].get<std::string>(); };
    const auto flag = [&](const char* key) { return real[key].get<bool>(); };
    const bool is_pypy = word("implementation") == "pypy";
    CHECK(described->executable == executable);
    CHECK(described->implementation == word("implementation"));
    if (is_pypy) {
        CHECK(word("version").rfind(described->version, 0) == 0);
    } else {
        CHECK(described->version == word("version"));
        CHECK(described->soabi == word("soabi"));
    }
    CHECK(described->extension_suffixes == real["suffixes"].get<std::vector<std::string>>());
    CHECK(described->multiarch == word("multiarch"));
    CHECK(described->platform == word("platform"));
    CHECK(described->prefix == word("prefix"));
    CHECK(described->base_prefix == word("base_prefix"));
    CHECK(described->stdlib == word("stdlib"));
    CHECK(described->free_threaded == flag("free_threaded"));
    CHECK(described->debug == flag("debug"));
    const bool in_venv = word("prefix") != word("base_prefix");
    CHECK(described->externally_managed == (flag("marker") && !in_venv));
    const std::string libc = described->libc == model::Libc::glibc ? "glibc " : "";
    CHECK(libc + described->libc_version == word("libc"));

    const auto path = capture::sys_path_of(*tree, *described, {.environment = variables});
    REQUIRE(path);
    CHECK(path->fatal == "");
    std::vector<std::string> entries{""};
    for (const auto& entry : path->entries)
        entries.push_back(entry.path);
    CHECK(entries == real["path"].get<std::vector<std::string>>());
    CHECK(path->enable_user_site == real["enable_user_site"].get<bool>());
    CHECK(path->user_site == real["user_site"].get<std::string>());
}

} // namespace

TEST_CASE("every interpreter of the machine is described as it describes itself")
{
    const TempFolder home;
    const auto executables = real_pythons::executables();
    REQUIRE_FALSE(executables.empty());
    for (const auto& executable : executables)
        compare(executable, {{"HOME", home.path()}});
}

TEST_CASE("inside a venv of each interpreter the venv is described")
{
    const TempFolder temp;
    const Variables variables{{"HOME", temp.path()}, {"PATH", "/usr/bin:/bin"}};
    int number = 0;
    for (const auto& executable : real_pythons::executables()) {
        if (executable.find("/bin/python3.") == executable.npos) continue; // each version once
        INFO(executable);
        for (const std::string kind : {"--symlinks", "--copies", "--system-site-packages"}) {
            const auto venv = temp / ("venv" + std::to_string(++number));
            const auto made = real_pythons::output_of(
                {executable, "-m", "venv", "--without-pip", kind, venv}, variables);
            if (!made) continue; // Debian without python3-venv
            compare(venv + "/bin/python", variables);
            compare(venv + "/bin/python3", variables);
        }
    }
}

TEST_CASE("an interpreter whose library is too bare to name its modules has them named as nearly every build does")
{
    const auto real = fs::Tree::open()->real_path("/usr/bin/python3");
    REQUIRE(real);
    const auto name = real->substr(real->rfind('/') + 1); // python3.11
    TempFolder root;
    root.folder("usr/bin");
    std::filesystem::copy_file(*real, root / ("usr/bin/" + name));
    root.file("usr/lib/" + name + "/os.py", "");
    root.file("usr/lib/" + name + "/site.py", "# /usr/lib/python3/dist-packages\n"); // Debian's: its 3.13 has a suffix of its own
    const auto tree = fs::Tree::open(root.path());
    REQUIRE(tree);
    const auto bare = capture::describe_interpreter(*tree, "/usr/bin/" + name);
    REQUIRE(bare);
    const auto whole = capture::describe_interpreter(*fs::Tree::open(), "/usr/bin/" + name);
    REQUIRE(whole);
    CHECK(bare->extension_suffixes == whole->extension_suffixes);
    CHECK(bare->soabi == whole->soabi);
}

TEST_CASE("a build that has the ordinary name, too, is known by its other name, or by the only library that is there")
{
    // As `make install` leaves a free-threaded and a debug build: two names of one file. Their code is that of the ordinary one.
    const auto real = fs::Tree::open()->real_path("/usr/bin/python3");
    REQUIRE(real);
    struct Case {
        std::string flags, library, data;
    };
    for (const Case& build : {Case{"t", "python3.13t", "_sysconfigdata_t_linux_x86_64-linux-gnu.py"},
                              Case{"d", "python3.13", "_sysconfigdata_d_linux_x86_64-linux-gnu.py"}}) {
        INFO(build.flags);
        TempFolder root;
        root.folder("opt/bin");
        std::filesystem::copy_file(*real, root / "opt/bin/python3.13");
        root.file("opt/lib/" + build.library + "/os.py", "");
        root.file("opt/lib/" + build.library + "/" + build.data,
                  "build_time_vars = {'SOABI': 'cpython-313" + build.flags + "-x86_64-linux-gnu',\n 'MULTIARCH': 'x86_64-linux-gnu'}\n");
        const auto tree = fs::Tree::open(root.path());
        REQUIRE(tree);
        const auto soabi = [&] {
            const auto described = capture::describe_interpreter(*tree, "/opt/bin/python3.13");
            if (!described) return described.error().message;
            CHECK(described->free_threaded == (described->soabi.find("313t") != std::string::npos));
            CHECK(described->debug == (described->soabi.find("313d") != std::string::npos));
            return described->soabi;
        };
        CHECK(soabi() == "cpython-313" + build.flags + "-x86_64-linux-gnu"); // the only library

        // With the library of an ordinary build beside it, the second name decides.
        root.file("opt/lib/python3.13/os.py", "");
        root.file("opt/lib/python3.13/_sysconfigdata__linux_x86_64-linux-gnu.py",
                  "build_time_vars = {'SOABI': 'cpython-313-x86_64-linux-gnu',\n 'MULTIARCH': 'x86_64-linux-gnu'}\n");
        CHECK(soabi() == "cpython-313-x86_64-linux-gnu");
        std::filesystem::create_hard_link(root / "opt/bin/python3.13", root / ("opt/bin/python3.13" + build.flags));
        CHECK(soabi() == "cpython-313" + build.flags + "-x86_64-linux-gnu");
    }
}

TEST_CASE("what is no Python is refused with a reason")
{
    const TempFolder temp;
    const auto tree = fs::Tree::open();
    const auto refused = [&](const std::string& path) {
        const auto got = capture::describe_interpreter(*tree, path);
        REQUIRE_FALSE(got);
        CHECK_FALSE(got.error().message.empty());
        return got.error().code;
    };
    CHECK(refused(temp / "missing") == ErrorCode::not_found);
    CHECK(refused(temp.link("dangling", "gone")) == ErrorCode::not_found);
    CHECK(refused(temp.file("script", "#!/bin/sh\n")) == ErrorCode::malformed);
    CHECK(refused(temp.file("empty")) == ErrorCode::malformed);
    CHECK(refused("/bin/true") == ErrorCode::malformed);
    CHECK(refused("/tmp") == ErrorCode::malformed);
}
