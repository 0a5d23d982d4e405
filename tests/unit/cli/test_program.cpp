#include "cli/program.hpp"

#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <sys/stat.h>

#include <cerrno>

using namespace envfix::cli;

namespace {

/// A file with this mode.
void file(const TempFolder& temp, const char* name, mode_t mode, const char* content = "")
{
    ::chmod(temp.file(name, content).c_str(), mode);
}

} // namespace

TEST_CASE("a word is looked for as a shell looks for it")
{
    const TempFolder temp;
    file(temp, "a/tool", 0644);
    file(temp, "b/tool", 0755);
    file(temp, "b/only", 0644);
    temp.folder("a/folder");
    const auto list = temp / "none" + ":" + temp / "a" + ":" + temp / "b";
    CHECK(find_program("tool", list) == Program{.path = temp / "b/tool"});
    CHECK(find_program("only", list) == Program{.path = temp / "b/only", .error = EACCES});
    CHECK(find_program("nothing", list) == Program{.path = "nothing", .error = ENOENT});
    CHECK(find_program("", list) == Program{.path = "", .error = ENOENT});
    CHECK(find_program(temp / "b/tool", "") == Program{.path = temp / "b/tool"});
    CHECK(find_program(temp / "a/folder", "") == Program{.path = temp / "a/folder", .error = EACCES});
    CHECK(find_program("sh", "").error == ENOENT); // an empty list is the current folder
    CHECK(find_program("sh", "/bin:/usr/bin") == Program{.path = "/bin/sh"});
}

TEST_CASE("a refusal says what a shell says, and ends as one ends")
{
    const TempFolder temp;
    file(temp, "script", 0755, "#! /nowhere/python3 -E\nimport x\n");
    file(temp, "plain", 0755, "\177ELF");
    file(temp, "closed", 0644);
    temp.link("dangling", "/nowhere");
    struct Case {
        Program program;
        std::string text;
        int exit_code;
    };
    const std::vector<Case> cases{
        {{.path = "nothing", .error = ENOENT}, "nothing: command not found", 127},
        {{.path = "./nothing", .error = ENOENT}, "./nothing: No such file or directory", 127},
        {{.path = temp / "dangling", .error = ENOENT}, temp / "dangling: cannot execute: required file not found", 127},
        {{.path = temp / "script", .error = ENOENT}, temp / "script: /nowhere/python3: bad interpreter: No such file or directory", 126},
        {{.path = temp / "plain", .error = ENOENT}, temp / "plain: cannot execute: required file not found", 126},
        {{.path = temp / "closed", .error = EACCES}, temp / "closed: Permission denied", 126},
        {{.path = temp.path(), .error = EACCES}, temp.path() + ": Is a directory", 126},
        {{.path = "/bin/sh", .error = E2BIG}, "/bin/sh: Argument list too long", 126},
    };
    for (const auto& [program, text, exit_code] : cases) {
        CHECK(refusal_of(program) == text);
        CHECK(exit_code_of(program) == exit_code);
    }
}

TEST_CASE("the folders of a list become absolute")
{
    CHECK(absolute_list("", "/srv").empty());
    CHECK(absolute_list("/a:b:../c:", "/srv/x") == "/a:/srv/x/b:/srv/c:/srv/x");
}
