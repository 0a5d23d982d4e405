#pragma once

#include "capture/looked.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace envfix::capture {

/// A folder of a project from which a program may be started.
struct ProjectFolder {
    std::string path;
    std::vector<fs::Entry> entries; ///< sorted by name
    int depth = 0;                  ///< 0: the project's own

    [[nodiscard]] bool has(std::string_view name) const;
};

/// The project's folder, and those below it to depth 3, 64 at most: no environments, other
/// projects, tests, caches and hidden folders. Of a folder that is no project by itself (the home,
/// /tmp) only that one.
std::vector<ProjectFolder> project_folders(Looked& looked, const std::string& project,
                                           const std::string& home);

/// What a Python file is and asks for, read from its text.
struct ProgramText {
    bool is_program = false; ///< begins with `#!`, or asks whether it is `__main__`
    std::string shebang;     ///< the interpreter's path as the first line names it; empty: none
    std::vector<std::string>
        imports; ///< of the modules that were asked for, sorted: those that it imports
};

/// `modules` are top-level names. Reads lines, no syntax: an import in a docstring counts.
ProgramText read_program_text(std::string_view text, const std::vector<std::string>& modules);

} // namespace envfix::capture
