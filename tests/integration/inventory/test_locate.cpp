#include "inventory/inventory.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

using namespace envfix;
using namespace envfix::inventory;
using model::EnvironmentKind;

namespace {

/// Two system interpreters, a venv, a project without one, and pyenv.
struct Machine {
    TempFolder temp;
    Places places{.home = "/home/u", .path = "/home/u/bin:relative:/usr/bin"};

    Machine()
    {
        python("usr/bin/python3.11");
        python("usr/bin/python3.13");
        temp.link("usr/bin/python3", "python3.13");
        temp.link("bin", "usr/bin");
        temp.file("usr/lib/python3.11/os.py");
        temp.file("usr/lib/python3.13/os.py");
        temp.file("srv/app/.venv/pyvenv.cfg", "home = /usr/bin\n");
        temp.link("srv/app/.venv/bin/python", "python3");
        temp.link("srv/app/.venv/bin/python3", "/usr/bin/python3.11");
        temp.file("srv/app/.venv/bin/pip", "#!/srv/app/.venv/bin/python\n");
        temp.file("srv/app/pyproject.toml");
        temp.folder("srv/app/.venv/lib/python3.11/site-packages/x");
        temp.file("srv/bare/main.py");
        temp.folder("home/u/.local/lib/python3.13/site-packages");
    }

    void python(const std::string& name) const
    {
        const auto path = temp.file(name, "\177ELF");
        ::chmod(path.c_str(), 0755);
    }

    [[nodiscard]] Result<std::vector<model::Environment>> at(const std::string& path) const
    {
        const auto tree = fs::Tree::open(temp.path());
        return locate(*tree, path, places);
    }

    /// "kind path executable project" of the only environment there.
    [[nodiscard]] std::string one(const std::string& path) const
    {
        const auto found = at(path);
        if (!found) return found.error().message;
        if (found->size() != 1) return std::to_string(found->size()) + " environments";
        const auto& e = found->front();
        return std::string(to_string(e.kind)) + " " + e.path + " " + e.executable + " " + e.project;
    }
};

} // namespace

TEST_CASE("a venv is found by its folder, what is in it, and whatever enters it")
{
    const Machine machine;
    const std::string venv = "venv /srv/app/.venv /srv/app/.venv/bin/python /srv/app";
    CHECK(machine.one("/srv/app/.venv") == venv);
    CHECK(machine.one("/srv/app/.venv/") == venv);
    CHECK(machine.one("/srv/app") == venv);
    CHECK(machine.one("/srv/app/.venv/pyvenv.cfg") == venv);
    CHECK(machine.one("/srv/app/.venv/bin/python") == venv);
    CHECK(machine.one("/srv/app/.venv/bin/pip") == venv);
    CHECK(machine.one("/srv/app/.venv/lib/python3.11/site-packages/x") == venv);
    CHECK(machine.one("/srv/app/.venv/bin/python3") ==
          "venv /srv/app/.venv /srv/app/.venv/bin/python3 /srv/app");
}

TEST_CASE("a venv whose interpreter is gone is found by that interpreter's name as well")
{
    const Machine machine;
    machine.temp.file("v/pyvenv.cfg");
    machine.temp.link("v/bin/python", "/opt/gone/python3");
    CHECK(machine.one("/v") == "venv /v /v/bin/python /");
    CHECK(machine.one("/v/bin/python") == "venv /v /v/bin/python /");
}

TEST_CASE("a link from elsewhere to a venv's python is not in the venv")
{
    const Machine machine;
    machine.temp.link("home/u/link/python", "/srv/app/.venv/bin/python");
    CHECK(machine.one("/home/u/link/python") == "system /usr /usr/bin/python3.11 ");
}

TEST_CASE("a system interpreter has one name, however it is reached")
{
    const Machine machine;
    const std::string expected = "system /usr /usr/bin/python3.13 ";
    CHECK(machine.one("/usr/bin/python3.13") == expected);
    CHECK(machine.one("/usr/bin/python3") == expected);
    CHECK(machine.one("/bin/python3") == expected);
    CHECK(machine.one("/usr/bin/../bin/./python3") == expected);
}

TEST_CASE("a prefix stands for all of its interpreters")
{
    const Machine machine;
    const auto found = machine.at("/usr");
    REQUIRE(found);
    REQUIRE(found->size() == 2);
    CHECK((*found)[0].executable == "/usr/bin/python3.11");
    CHECK((*found)[1].executable == "/usr/bin/python3.13");
    CHECK((*found)[0].id != (*found)[1].id);
}

TEST_CASE("a user site stands for its readers")
{
    const Machine machine;
    const std::string expected =
        "user /home/u/.local/lib/python3.13/site-packages /usr/bin/python3.13 ";
    CHECK(machine.one("/home/u/.local/lib/python3.13/site-packages") == expected);
    CHECK(machine.one("/home/u/.local") == expected);
}

TEST_CASE("a project without a venv has the python3 of the search path")
{
    Machine machine;
    CHECK(machine.one("/srv/bare") == "system /usr /usr/bin/python3.13 /srv/bare");
    machine.places.path = "/srv/app/.venv/bin:/usr/bin"; // activated elsewhere
    CHECK(machine.one("/srv/bare") == "venv /srv/app/.venv /srv/app/.venv/bin/python3 /srv/bare");
    machine.places.path = "/nowhere";
    CHECK_THAT(machine.one("/srv/bare"),
               ContainsSubstring("no Python environment in or below /srv/bare"));
}

TEST_CASE("pyenv's shim is looked through, by the project's version or the global one")
{
    Machine machine;
    machine.python("home/u/.pyenv/versions/3.12.4/bin/python3.12");
    machine.temp.link("home/u/.pyenv/versions/3.12.4/bin/python3", "python3.12");
    machine.python("home/u/.pyenv/shims/python3");
    machine.places.path = "/home/u/.pyenv/shims:/usr/bin";
    CHECK(machine.one("/srv/bare") == "system /usr /usr/bin/python3.13 /srv/bare");
    machine.temp.file("srv/.python-version", "3.12\n");
    const std::string pyenv =
        "pyenv /home/u/.pyenv/versions/3.12.4 /home/u/.pyenv/versions/3.12.4/bin/python3.12 ";
    CHECK(machine.one("/srv/bare") == pyenv + "/srv/bare");
    CHECK_THAT(machine.one("/home/u/.pyenv/shims/python3"), ContainsSubstring("shim"));
    machine.temp.file("home/u/.pyenv/version", "3.12.4\n");
    CHECK(machine.one("/home/u/.pyenv/shims/python3") == pyenv);
    machine.temp.file("srv/bare/.python-version", "system\n");
    CHECK(machine.one("/srv/bare") == "system /usr /usr/bin/python3.13 /srv/bare");
}

TEST_CASE("a shim is known by where it lies: its pyenv may have a root that only another session's profile sets")
{
    Machine machine;
    machine.python("opt/pyenv/versions/3.12.4/bin/python3.12");
    machine.temp.link("opt/pyenv/versions/3.12.4/bin/python3", "python3.12");
    machine.temp.file("opt/pyenv/version", "3.12.4\n");
    machine.python("opt/pyenv/shims/python3");
    machine.places.path = "/opt/pyenv/shims:/usr/bin";
    CHECK_THAT(machine.one("/srv/bare"), ContainsSubstring("/opt/pyenv/versions/3.12.4/bin/python3.12 /srv/bare"));
    CHECK_THAT(machine.one("/opt/pyenv/shims/python3"), ContainsSubstring("/opt/pyenv/versions/3.12.4/bin/python3.12"));
}

TEST_CASE("what is no Python is refused with what would do instead")
{
    const Machine machine;
    CHECK_THAT(machine.one("/srv/bare/main.py"),
               ContainsSubstring("neither a folder nor a Python executable"));
    CHECK(machine.at("/srv/gone").error().code == ErrorCode::not_found);
    CHECK_THAT(machine.one("/srv/gone"), ContainsSubstring("/srv/gone"));
    CHECK(machine.at("relative").error().code == ErrorCode::malformed);
    machine.temp.link("srv/loop", "loop");
    CHECK_FALSE(machine.at("/srv/loop"));
}

TEST_CASE("several venvs of one project are all found")
{
    const Machine machine;
    machine.temp.file("srv/app/.tox/py313/pyvenv.cfg");
    const auto found = machine.at("/srv/app");
    REQUIRE(found);
    REQUIRE(found->size() == 2);
    CHECK((*found)[1].path == "/srv/app/.venv");
}

TEST_CASE("a venv whose pyvenv.cfg is no file is still that venv, and no other Python")
{
    const Machine machine;
    const std::string venv = "venv /srv/app/.venv /srv/app/.venv/bin/python /srv/app";
    const auto path = machine.temp / "srv/app/.venv/pyvenv.cfg";
    const auto is_found = [&] {
        CHECK(machine.one("/srv/app/.venv") == venv);
        CHECK(machine.one("/srv/app") == venv);
        CHECK(machine.one("/srv/app/.venv/bin/python") == venv);
        CHECK(machine.one("/srv/app/.venv/bin/pip") == venv);
        CHECK(machine.one("/srv/app/.venv/lib/python3.11/site-packages/x") == venv);
        const auto tree = fs::Tree::open(machine.temp.path());
        CHECK(is_there(*tree, machine.at("/srv/app/.venv")->front()));
    };
    ::unlink(path.c_str());
    REQUIRE(::mkfifo(path.c_str(), 0666) == 0);
    is_found();
    ::unlink(path.c_str());
    machine.temp.link("srv/app/.venv/pyvenv.cfg", "pyvenv.cfg"); // a loop
    is_found();
    ::unlink(path.c_str());
    machine.temp.folder("srv/app/.venv/pyvenv.cfg");
    is_found();
}

TEST_CASE("a venv stands for its `python`, also where only python3 is left of it")
{
    const Machine machine;
    machine.temp.file("w/pyvenv.cfg", "home = /usr/bin\n");
    machine.temp.link("w/bin/python3", "/usr/bin/python3.11");
    CHECK(machine.one("/w") == "venv /w /w/bin/python /");
}

TEST_CASE("folders that the kernel makes up are refused, also through a link")
{
    const TempFolder temp;
    temp.link("way", "/proc/self");
    const auto tree = fs::Tree::open();
    for (const auto& path : std::vector<std::string>{"/proc", "/proc/self/root", "/sys/kernel", "/dev", temp / "way"}) {
        INFO(path);
        const auto found = locate(*tree, path, {.path = "/usr/bin"});
        REQUIRE_FALSE(found);
        CHECK(found.error().code == ErrorCode::not_supported);
        CHECK_THAT(found.error().message, ContainsSubstring(path + " is made up by the kernel"));
    }
    CHECK(locate(*tree, "/dev/shm", {.path = "/usr/bin"}));
}

TEST_CASE("a folder that is too large to be read is not taken for the project of another Python")
{
    const Machine machine;
    for (int i = 0; i < 50; ++i) machine.temp.folder("srv/data/" + std::to_string(i) + "/x");
    const auto tree = fs::Tree::open(machine.temp.path());
    CHECK(locate(*tree, "/srv/data", machine.places));
    const auto found = locate(*tree, "/srv/data", machine.places, {.entries = 60, .stop = {}});
    REQUIRE_FALSE(found);
    CHECK(found.error().code == ErrorCode::too_large);
    CHECK(found.error().message == "/srv/data: only the first 60 entries were read, and no environment was found so far; name "
                                   "the environment, or a smaller folder");
    CHECK(locate(*tree, "/srv", machine.places, {.entries = 60, .stop = {}})); // the venv was seen before
}
