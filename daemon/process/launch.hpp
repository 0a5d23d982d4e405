#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "process/process.hpp"

#include <string_view>

namespace envfix::process {

/// A child on its way to exec, and our ends of its pipes, all non-blocking. Whoever holds this
/// reaps `pid`, which is the child's supervisor (supervisor.hpp), and tells of it (orphans.hpp):
/// SIGTERM makes it end the child and all that came of it, as long as the child lets it.
struct Launched {
    pid_t pid = -1;
    UniqueFd pidfd;
    UniqueFd out;
    UniqueFd err;
    UniqueFd record; ///< empty unless the command asks for one
    UniqueFd report; ///< carries Messages
};

/// What a child tells when it cannot become the program.
struct StartFailure {
    int step = 0; ///< index of what it was doing
    int err = 0;
};

/// What comes over the report: at most one of each kind.
struct Message {
    enum class Kind : int { start_failure = 1, ended };
    Kind kind = Kind::ended;
    int first = 0;  ///< of a start failure its step, of an end si_code
    int second = 0; ///< of a start failure its errno, of an end si_status
};

/// The error that a StartFailure stands for.
Error start_error(const Command& command, const StartFailure& failure);

/// Forks. Never waits for the child: opening a program may hang on a file system of the owner's.
Result<Launched> launch(const Command& command);

} // namespace envfix::process
