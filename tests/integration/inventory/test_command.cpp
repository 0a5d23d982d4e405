#include "inventory/command.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <sys/stat.h>

using namespace envfix;
using namespace envfix::inventory;

namespace {

struct Machine {
    TempFolder temp;

    Machine()
    {
        program("usr/bin/python3", "\177ELF");
        program("opt/bin/python", "\177ELF");
        program("usr/bin/make", "\177ELF");
        temp.link("srv/.venv/bin/python", "/usr/bin/python3");
        temp.link("gone/bin/python", "/nowhere/python3");
    }

    void program(const std::string& name, const std::string& content) const
    {
        ::chmod(temp.file(name, content).c_str(), 0755);
    }

    [[nodiscard]] std::string python_of(const model::CommandContext& command) const
    {
        const auto tree = fs::Tree::open(temp.path());
        return interpreter_of_command(*tree, command).value_or("none");
    }

    /// That of a script with this content on an ordinary PATH.
    [[nodiscard]] std::string python_of_script(const std::string& content) const
    {
        program("srv/script", content);
        return python_of({.program = "/srv/script", .path = "relative:/usr/bin"});
    }
};

} // namespace

TEST_CASE("a Python is its own interpreter, as it was named, also where it is gone")
{
    const Machine machine;
    CHECK(machine.python_of({.program = "/srv/.venv/bin/python"}) == "/srv/.venv/bin/python");
    CHECK(machine.python_of({.program = "/srv/x/../.venv/bin/python3.11"}) == "/srv/.venv/bin/python3.11");
    CHECK(machine.python_of({.program = "/gone/bin/python", .path = "/usr/bin"}) == "/gone/bin/python");
}

TEST_CASE("a script's interpreter is the one that its first line names")
{
    const Machine machine;
    CHECK(machine.python_of_script("#!/srv/.venv/bin/python\nimport x\n") == "/srv/.venv/bin/python");
    CHECK(machine.python_of_script("#! /srv/.venv/bin/python -E\r\n") == "/srv/.venv/bin/python");
    CHECK(machine.python_of_script("#!/nowhere/bin/python3.9") == "/nowhere/bin/python3.9");
    CHECK(machine.python_of_script("#!/usr/bin/env python3\n") == "/usr/bin/python3");
    CHECK(machine.python_of_script("#!/usr/bin/env -S A=b python3 -X dev\n") == "/usr/bin/python3");
    CHECK(machine.python_of_script("#!/bin/sh\n'''exec' \"/srv/my env/bin/python\" \"$0\" \"$@\"\n' '''\n") ==
          "/srv/my env/bin/python");
    CHECK(machine.python_of_script("#!/bin/sh\n'''exec' /srv/.venv/bin/python \"$0\" \"$@\"\n") == "/srv/.venv/bin/python");
}

TEST_CASE("what is no Python program starts the one of its VIRTUAL_ENV, or else of its PATH")
{
    const Machine machine;
    CHECK(machine.python_of({.program = "/usr/bin/make", .path = "/opt/bin:/usr/bin"}) == "/usr/bin/python3");
    CHECK(machine.python_of({.program = "/usr/bin/make", .path = "/opt/bin"}) == "/opt/bin/python");
    CHECK(machine.python_of({.program = "/usr/bin/make", .path = "/usr/bin", .virtual_env = "/srv/.venv"}) ==
          "/srv/.venv/bin/python");
    CHECK(machine.python_of({.path = "/usr/bin", .virtual_env = "/gone"}) == "/gone/bin/python");
    CHECK(machine.python_of({.path = "/usr/bin", .virtual_env = "relative"}) == "/usr/bin/python3");
    CHECK(machine.python_of({.program = "/usr/bin/make", .path = "/srv"}) == "none");
    CHECK(machine.python_of({}) == "none");
    for (const auto* odd : {"", "#!", "#!\n", "#!/usr/bin/env", "#!/usr/bin/env -S\n", "#!/bin/sh\n'''exec'\n", "#!/bin/sh"}) {
        INFO(odd);
        CHECK(machine.python_of_script(odd) == "/usr/bin/python3");
    }
}
