#pragma once

#include "cli/program.hpp"
#include "cli/signals.hpp"

#include <sys/types.h>

#include <string>
#include <vector>

namespace envfix::cli {

/// A command that was started, or why it was not.
struct Started {
    pid_t pid = -1;
    int error = 0; ///< errno of fork(2) or execve(2); 0: it runs
};

/// Starts `program` with these words (the first is its name) in our process group, with our surroundings, our standard input and
/// output, `error_stream` for its standard error where that is not negative, and signals as they were for us. A file that is no
/// program of the kernel's is given to sh(1), as execvp(3) does.
Started start(const Program& program, const std::vector<std::string>& words, int error_stream, const TakenSignals& signals);

/// What a shell makes of a status as waitpid(2) gives it: 128 + n for signal n.
int exit_code_of_status(int status);

/// Ends this process as that one ended: by the same signal, without a second core file, where it was one.
[[noreturn]] void end_as(int status);

} // namespace envfix::cli
