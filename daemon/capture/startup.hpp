#pragma once

#include "capture/command_line.hpp"
#include "capture/sys_path.hpp"
#include "capture/view.hpp"

#include <string>
#include <vector>

namespace envfix::capture {

/// What the start-up code of the interpreter finds out before it imports site. Texts are as Python
/// has them then: not always absolute, not always without "..".
struct Startup {
    std::string executable;
    std::string prefix;
    std::string exec_prefix;
    std::string base_prefix;
    std::string base_exec_prefix;
    std::vector<model::PathEntry> search_path; ///< `exists` is not filled in
    bool complete = true; ///< false: a compiled-in path would be used that is not known
    std::string fatal;
};

/// Modules/getpath.c: 3.10 and earlier.
Startup start_by_c_code(const View& view, const PathFacts& facts, const Invocation& invocation,
                        const StartOptions& options);

/// Modules/getpath.py: 3.11 and later. A ._pth file changes `options`.
Startup start_by_python_code(const View& view, const PathFacts& facts, const Invocation& invocation,
                             StartOptions& options);

/// The start-up code of that version.
Startup start(const View& view, const PathFacts& facts, const Invocation& invocation,
              StartOptions& options);

/// "lib/python3.13t"
std::string library_folder(const PathFacts& facts, const std::string& platlibdir);
/// "lib/python313t.zip"
std::string library_zip(const PathFacts& facts, const std::string& platlibdir);
/// argv[0], or "python3" where there is none.
std::string program_name(const Invocation& invocation);
/// The pieces between colons, empty ones too; none for an empty text.
std::vector<std::string> split_colons(std::string_view text);

} // namespace envfix::capture
