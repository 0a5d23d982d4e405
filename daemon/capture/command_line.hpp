#pragma once

#include "capture/sys_path.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace envfix::capture {

/// What the command line and the environment variables say to the start-up code.
struct StartOptions {
    enum class Run : unsigned char { interactive, command, module, script };
    Run run = Run::interactive;
    std::string script;          ///< of Run::script; "-" is standard input
    bool use_environment = true; ///< not -E, not -I
    bool isolated = false;       ///< -I
    bool import_site = true;     ///< not -S
    bool user_site = true;       ///< not -s, not -I, no PYTHONNOUSERSITE
    bool safe_path = false;      ///< -P, -I, PYTHONSAFEPATH; from 3.11 on
    std::string platlibdir;
    std::string python_path; ///< PYTHONPATH where it counts; empty: none
    std::string python_home; ///< PYTHONHOME where it counts; empty: none

    bool operator==(const StartOptions&) const = default;
};

/// Reads argv and the variables as Modules/main.c does. Options that do not matter are skipped.
StartOptions start_options(const PathFacts& facts, const Invocation& invocation);

/// The value of a variable; empty where it is not set.
std::string_view variable(const Invocation& invocation, const std::string& name);

} // namespace envfix::capture
