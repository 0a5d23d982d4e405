#pragma once

#include "model/answers.hpp"

#include <string>
#include <vector>

namespace envfix::model {

/// How a command was started, as far as that decides which Python it used. Nothing else of its surroundings is told.
struct CommandContext {
    std::string program;     ///< absolute path of what was executed, links not followed; empty: not told
    std::string path;        ///< its PATH, absolute folders
    std::string virtual_env; ///< its VIRTUAL_ENV; empty: none
    std::string python_path; ///< its PYTHONPATH, absolute folders; empty: none

    bool operator==(const CommandContext&) const = default;
};

/// Why a command failed.
struct CommandDiagnosis {
    std::vector<Cause> causes; ///< best first
    std::string environment;   ///< path of the environment that it used; empty: none was found

    bool operator==(const CommandDiagnosis&) const = default;
};

} // namespace envfix::model
