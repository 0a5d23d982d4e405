#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "process/process.hpp"

#include <string_view>

namespace envfix::process {

/// A child on its way to exec, and our ends of its pipes, all non-blocking. Whoever holds this
/// reaps the child.
struct Launched {
    pid_t pid = -1;
    UniqueFd pidfd;
    UniqueFd out;
    UniqueFd err;
    UniqueFd record; ///< empty unless the command asks for one
    UniqueFd report; ///< carries a StartFailure if exec was not reached, else nothing
};

/// What a child tells when it cannot become the program.
struct StartFailure {
    int step = 0; ///< index of what it was doing
    int err = 0;
};

/// The error that a StartFailure stands for.
Error start_error(const Command& command, const StartFailure& failure);

/// Forks. Never waits for the child: opening a program may hang on a file system of the owner's.
Result<Launched> launch(const Command& command);

} // namespace envfix::process
