#pragma once

#include "base/result.hpp"
#include "cli/child.hpp"

#include <string>
#include <vector>

namespace envfix::cli {

/// How a command ended that had everything of ours but its standard error, which went through us.
struct Ended {
    int error = 0;            ///< it was not started: errno; else 0
    int status = 0;           ///< as waitpid(2) gives it
    std::string error_output; ///< the last part of it, 1 MiB at most
    bool seen = true;         ///< false: standard error could not go through us, and went its own way
    bool was_asked = false;   ///< somebody asked it to end (SIGINT, SIGTERM, SIGHUP, SIGQUIT)
};

/// Runs it to its end. Signals are taken meanwhile, passed on where the command does not have them already, and given back.
/// Errors: the system refuses us what we need to stand between; the command was not started then.
Result<Ended> pass_through(const Program& program, const std::vector<std::string>& words);

} // namespace envfix::cli
