#pragma once

#include <string>
#include <string_view>

namespace envfix::cli {

/// The file that a command's first word means.
struct Program {
    std::string path; ///< to be executed; where there is none: what was found instead, or the word itself
    int error = 0;    ///< why it cannot be: ENOENT, EACCES, ENOTDIR …; 0: it can

    bool operator==(const Program&) const = default;
};

/// Looks for it as a shell does: a word with a '/' is the file, any other is looked for in the folders of `search_path`, where
/// an empty one is the current folder. What is no executable file there is passed over, and counts only if there is no other.
Program find_program(const std::string& word, std::string_view search_path);

/// What a shell would say of a program that execve(2) refused with this errno, without the line break. A script whose
/// interpreter is missing gives ENOENT: then that one is named.
std::string refusal_of(const Program& program);

/// Whether something lies there, though it may be a link that leads nowhere, or a script without its interpreter.
bool is_there(const Program& program);

/// 127: not found; 126: found, but it cannot be executed.
int exit_code_of(const Program& program);

/// Each folder of a list as in PATH made absolute against `folder`; other texts between colons are taken for folders, too.
std::string absolute_list(std::string_view list, std::string_view folder);

} // namespace envfix::cli
