#pragma once

#include <sys/types.h>

/// Between us and each program stands a process that does nothing but see to its end. A program may
/// fork twice and leave its session, and would then belong to nobody whom we could ask: here its
/// orphans become the supervisor's children (PR_SET_CHILD_SUBREAPER), and it ends only when it has
/// none left. Everything here runs between fork and exec: system calls only.
namespace envfix::process {

/// Makes the calling process a supervisor: it takes in orphans, holds all signals back, and gets
/// SIGTERM when its parent dies. False, with errno: it cannot, or the parent is gone already.
bool become_supervisor(pid_t parent);

/// Waits for the program, or for SIGTERM; then ends all that is left below and tells the end over
/// `report` (a Message). Closes all other descriptors: what they lock is not ours to hold.
[[noreturn]] void supervise(pid_t program, int report);

} // namespace envfix::process
