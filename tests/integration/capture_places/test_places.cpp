#include "capture/places.hpp"
#include "support/catch.hpp"
#include "support/clock.hpp"
#include "support/temp_folder.hpp"

#include <sys/stat.h>

#include <filesystem>

using namespace envfix;
using model::ModuleKind;

namespace {

constexpr std::int64_t k_second = 1'000'000'000;

model::Chain chain()
{
    return {
        .name = "test",
        .links = {{.distribution = "cffi", .imports = {"cffi"}, .extensions = {"_cffi_backend"}},
                  {.distribution = "PyJWT", .imports = {"jwt"}},
                  {.distribution = "supabase", .imports = {"supabase"}}}};
}

/// A home with a project in it that has a venv.
struct Machine {
    Machine()
    {
        folder.folder("home/app/.venv/bin");
        folder.file("home/app/.venv/pyvenv.cfg");
        environment = {.path = folder / "home/app/.venv",
                       .kind = model::EnvironmentKind::venv,
                       .executable = folder / "home/app/.venv/bin/python",
                       .project = folder / "home/app"};
        interpreter = {
            .executable = environment.executable,
            .version = "3.11.2",
            .major = 3,
            .minor = 11,
            .extension_suffixes = {".cpython-311-x86_64-linux-gnu.so", ".abi3.so", ".so"},
            .base_prefix = "/usr",
            .stdlib = "/usr/lib/python3.11"};
    }

    [[nodiscard]] capture::PlacesQuestion question(std::int64_t now_ns = 0) const
    {
        return {.environment = environment,
                .interpreter = interpreter,
                .chain = links,
                .home = home,
                .session = session,
                .now_ns = now_ns};
    }

    [[nodiscard]] capture::Places look() const
    {
        return capture::look_at_places(*tree, question());
    }

    [[nodiscard]] std::string in(const std::string& name) const
    {
        return folder / ("home/app/" + name);
    }

    void file(const std::string& name, std::string_view text = {}) const
    {
        folder.file("home/app/" + name, text);
    }

    /// Modules that were found, as "path below the project: module imported by".
    [[nodiscard]] std::vector<std::string> local() const
    {
        std::vector<std::string> found;
        for (const auto& module : look().local_modules)
            found.push_back(module.path.substr(in("").size()));
        return found;
    }

    TempFolder folder;
    Result<fs::Tree> tree = fs::Tree::open();
    model::Environment environment;
    model::Interpreter interpreter;
    model::Chain links = chain();
    std::string home = folder / "home";
    std::vector<model::PathSetting> session;
};

using Names = std::vector<std::string>;

} // namespace

TEST_CASE("files of the project that hide a package are found where a program looks first")
{
    const Machine machine;
    machine.file("pyproject.toml", "[project]\nname = 'app'\n");
    machine.file("jwt.py");
    machine.file("main.py", "import os, jwt\n");
    machine.file("scripts/cffi/__init__.py");
    machine.file("scripts/run.py", "#!/usr/bin/env python3\n");
    machine.file("supabase/config.toml");
    const auto found = machine.look().local_modules;
    REQUIRE(found.size() == 3);
    CHECK(found[0] == model::LocalModule{"jwt", ModuleKind::source, machine.in("jwt.py"),
                                         machine.in("main.py").substr(0, machine.in("").size() - 1),
                                         machine.in("main.py")});
    CHECK(found[1].kind == ModuleKind::namespace_package);
    CHECK(found[1].imported_by.empty());
    CHECK(found[2].path == machine.in("scripts/cffi/__init__.py"));
}

TEST_CASE("modules inside of packages, tests and environments hide nothing")
{
    const Machine machine;
    machine.file("pyproject.toml");
    machine.file("app/core/jwt.py");
    machine.file("app/core/config.py", "from app.core import jwt\n");
    machine.file("app/auth/__init__.py");
    machine.file("app/auth/jwt.py");
    machine.file("app/auth/main.py", "if __name__ == '__main__':\n    from . import jwt\n");
    machine.file("tests/jwt.py");
    machine.file("tests/run.py", "#!/usr/bin/python3\n");
    machine.file("other/pyvenv.cfg");
    machine.file("other/jwt.py");
    machine.file("other/run.py", "#!/usr/bin/python3\n");
    machine.file(".hidden/jwt.py");
    CHECK(machine.local().empty());
    machine.file("app/auth/main.py", "if __name__ == '__main__':\n    import jwt\n");
    CHECK(machine.local() == Names{"app/auth/jwt.py"});
}

TEST_CASE("a project is not told that it hides itself")
{
    const Machine machine;
    machine.file("jwt/__init__.py");
    CHECK(machine.local() == Names{"jwt/__init__.py"});
    machine.file("setup.py", "setup(\n    name='pyjwt',\n)\n");
    CHECK(machine.local().empty());
    std::filesystem::remove(machine.in("setup.py"));
    machine.file("pyproject.toml", "[project]\nname = \"PyJWT\"\n");
    CHECK(machine.local().empty());
}

TEST_CASE("search paths are found in every file that sets one")
{
    Machine machine;
    const auto other = machine.folder.folder("other");
    machine.folder.file("other/jwt/__init__.py");
    machine.folder.file("other/libssl.so.3");
    machine.folder.folder("empty");
    machine.file("vendor/cffi/__init__.py");
    machine.file(".env", "PYTHONPATH=vendor:" + machine.folder / "empty" + "\n");
    machine.file(".envrc", "path_add PYTHONPATH vendor\n");
    machine.folder.file("home/.bashrc",
                        "# mine\nexport LD_LIBRARY_PATH=" + other + ":$LD_LIBRARY_PATH\n");
    machine.folder.file("home/.config/environment.d/a.conf", "PYTHONPATH=${HOME}/../other\n");
    machine.folder.file(
        "home/.config/systemd/user/a.service",
        "[Service]\nWorkingDirectory=%h/app\nEnvironment=PYTHONPATH=vendor\nExecStart=/bin/true\n");
    machine.folder.file("home/.config/systemd/user/b.service",
                        "[Service]\nWorkingDirectory=/\nEnvironment=PYTHONPATH=" + other + "\n");
    machine.session = {
        {.variable = "PYTHONPATH", .entries = {other}, .declared_by = "the session"}};
    Names found;
    for (const auto& setting : machine.look().path_settings) {
        const auto& offer = setting.offers.front();
        auto file = setting.declared_by.substr(setting.declared_by.rfind('/') + 1);
        if (!setting.declared_by.starts_with(machine.folder.path()) && setting.line != 0)
            continue; // this machine's own
        found.push_back(file + ":" + std::to_string(setting.line) + " " + setting.variable + " " +
                        offer.name);
    }
    CHECK(found == Names{".env:1 PYTHONPATH cffi", ".envrc:1 PYTHONPATH cffi",
                         "a.service:3 PYTHONPATH cffi", "a.conf:1 PYTHONPATH jwt",
                         ".bashrc:2 LD_LIBRARY_PATH libssl.so.3", "the session:0 PYTHONPATH jwt"});
}

TEST_CASE(
    "a folder that has another standard library counts, a prefix of the interpreter's own does not")
{
    Machine machine;
    machine.folder.file("lib/python3.9/os.py");
    machine.folder.file("lib/python3.9/site.py");
    machine.session = {
        {.variable = "PYTHONPATH",
         .entries = {machine.folder / "lib/python3.9"},
         .declared_by = "the session"},
        {.variable = "PYTHONHOME", .entries = {"/usr"}, .declared_by = "the session"},
        {.variable = "PYTHONHOME",
         .entries = {machine.folder.path()},
         .declared_by = "the session"}};
    const auto found = machine.look().path_settings;
    REQUIRE(found.size() == 2);
    CHECK(found[0].offers.front().name == "os");
    CHECK(found[1].entries == Names{machine.folder.path()});
}

TEST_CASE("commands of a venv that was moved name a Python that is gone")
{
    const Machine machine;
    const auto command = [&](const std::string& name, const std::string& text) {
        machine.file(".venv/bin/" + name, text);
        ::chmod(machine.in(".venv/bin/" + name).c_str(), 0755);
    };
    command("own", "#!" + machine.environment.executable + "\n");
    command("shell", "#!/bin/sh\necho\n");
    command("pip", "#!/nowhere/.venv/bin/python\nimport pip\n");
    command("long", "#!/bin/sh\n'''exec' \"/no where/.venv/bin/python3\" \"$0\" \"$@\"\n' '''\n");
    machine.file(".venv/bin/activate",
                 "#!/nowhere/python\n"); // not executable: it is read by a shell
    const auto found = machine.look().starts;
    REQUIRE(found.size() == 2);
    CHECK(found[0].path == machine.in(".venv/bin/long"));
    CHECK(found[0].interpreter == "/no where/.venv/bin/python3");
    CHECK_FALSE(found[0].exists);
    CHECK(found[1].interpreter == "/nowhere/.venv/bin/python");
}

TEST_CASE("scripts and units that name another Python are found where they concern the chain")
{
    const Machine machine;
    machine.file("main.py", "#!/nowhere/python3\nfrom jwt import encode\n");
    machine.file("plain.py", "#!/nowhere/python3\nimport os\n");
    machine.file("free.py", "#!/usr/bin/env python3\nimport jwt\n");
    machine.folder.file("home/.config/systemd/user/a.service",
                        "[Service]\nExecStart=/nowhere/python3 %h/app/main.py\n");
    machine.folder.file("home/.config/systemd/user/b.service",
                        "[Service]\nExecStart=/nowhere/python3 %h/else/main.py\n");
    const auto found = machine.look().starts;
    REQUIRE(found.size() == 2);
    CHECK(found[0].kind == model::ForeignStart::Kind::script);
    CHECK(found[0].path == machine.in("main.py"));
    CHECK(found[1].kind == model::ForeignStart::Kind::unit);
    CHECK(found[1].line == 2);
}

TEST_CASE("places are remembered until something there changes")
{
    Machine machine;
    machine.file("main.py", "import jwt\n");
    capture::KnownPlaces known;
    auto at = now_ns() + k_hour_ns; // so that nothing counts as just changed
    CHECK(known.look(*machine.tree, machine.question(at)).local_modules.empty());
    machine.file("jwt.py");
    CHECK(known.look(*machine.tree, machine.question(at)).local_modules.size() == 1);
    machine.folder.file("home/other/jwt/__init__.py");
    machine.folder.file("home/.profile", "export PYTHONPATH=$HOME/other\n");
    CHECK(known.look(*machine.tree, machine.question(at + k_second)).path_settings.size() == 1);
    std::filesystem::remove(machine.folder / "home/.profile");
    CHECK(known.look(*machine.tree, machine.question(at + 2 * k_second)).path_settings.empty());
}

TEST_CASE("another root is looked at with its own paths, and never left")
{
    const TempFolder folder;
    folder.file("outside/jwt.py");
    folder.file("root/srv/app/pyproject.toml");
    folder.folder("root/srv/app/.venv/bin");
    folder.link("root/srv/app/jwt.py", folder / "outside/jwt.py");
    folder.link("root/srv/app/.env", folder / "outside/env");
    folder.file("outside/env", "PYTHONPATH=/vendor\n");
    folder.file("root/vendor/jwt.py");
    const auto tree = fs::Tree::open(folder / "root");
    REQUIRE(tree);
    const model::Environment environment{
        .path = "/srv/app/.venv", .executable = "/srv/app/.venv/bin/python", .project = "/srv/app"};
    const model::Interpreter interpreter{.extension_suffixes = {".so"}};
    const auto links = chain();
    const std::string home = "/root";
    const std::vector<model::PathSetting> session;
    const auto found = capture::look_at_places(*tree, {.environment = environment,
                                                       .interpreter = interpreter,
                                                       .chain = links,
                                                       .home = home,
                                                       .session = session});
    CHECK(found.local_modules.empty());
    CHECK(found.path_settings.empty());
}
