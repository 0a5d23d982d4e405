#pragma once

#include <sys/types.h>

/// What is left where a program kills the supervisor that stands above it (supervisor.hpp): whatever runs as we do may do that.
/// Its orphans then become children of this process, whose only other children are supervisors.
namespace envfix::process {

/// To be called before each fork of a supervisor. The first call decides for the life of the process: where it has children
/// that it did not start here (a shell's jobs before exec), orphans go to init, as those of its jobs have to.
void expect_orphans();

/// A supervisor that was forked, and one that was reaped.
void note_supervisor(pid_t pid);
void forget_supervisor(pid_t pid);

/// Kills and reaps all children of ours that are no supervisors, and what they leave behind; gives up after half a second, and
/// leaves the rest to the next call.
void end_orphans();

} // namespace envfix::process
