#pragma once

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <cerrno>

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

/// Calls `each` with every pid in a `children` file of /proc. False where the kernel does not tell who they are.
template <typename Each> bool for_children(const char* path, Each each)
{
    const int list = ::open(path, O_RDONLY | O_CLOEXEC);
    if (list < 0) return false;
    std::array<char, 4096> piece{};
    pid_t pid = 0;
    for (;;) {
        const auto got = ::read(list, piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        for (ssize_t i = 0; i < got; ++i) {
            const char c = piece[static_cast<std::size_t>(i)];
            if (c >= '0' && c <= '9') {
                pid = pid * 10 + (c - '0');
            } else if (pid > 0) {
                each(pid);
                pid = 0;
            }
        }
    }
    if (pid > 0) each(pid);
    ::close(list);
    return true;
}

} // namespace envfix::process
