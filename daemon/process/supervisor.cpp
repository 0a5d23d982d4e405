#include "process/supervisor.hpp"

#include "process/launch.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace envfix::process {

namespace {

constexpr int k_supervisor_failed = 126;

sigset_t awaited()
{
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGCHLD);
    ::sigaddset(&set, SIGTERM);
    return set;
}

/// Sends SIGKILL to each direct child; what those leave behind comes to us next. False where the
/// kernel does not tell who they are.
bool kill_children()
{
    return for_children("/proc/thread-self/children", [](pid_t pid) { ::kill(pid, SIGKILL); });
}

/// Collects whoever has ended. False: there is nobody left.
bool collect(pid_t program, Message& end, bool& ended)
{
    for (;;) {
        siginfo_t info{};
        if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0) return errno != ECHILD;
        if (info.si_pid == 0) return true;
        if (info.si_pid == program) {
            ::kill(-program, SIGKILL); // as long as it is not collected its group's number is its own
            end = {.kind = Message::Kind::ended, .first = info.si_code, .second = info.si_status};
            ended = true;
        }
        ::waitid(P_PID, static_cast<id_t>(info.si_pid), &info, WEXITED);
    }
}

void end_all(pid_t program, Message& end, bool& ended)
{
    const auto set = awaited();
    if (!ended) {
        ::kill(program, SIGKILL); // it may not have come as far as its own session
        ::kill(-program, SIGKILL);
    }
    constexpr timespec k_pause{.tv_sec = 0, .tv_nsec = 20'000'000};
    while (collect(program, end, ended)) {
        if (!kill_children() && ended) return;
        // Orphans come without a signal: nothing but looking again tells.
        ::sigtimedwait(&set, nullptr, &k_pause);
    }
}

} // namespace

bool become_supervisor(pid_t parent)
{
    struct sigaction as_born {};

    as_born.sa_handler = SIG_DFL; // one that is ignored would collect children by itself
    if (::sigaction(SIGCHLD, &as_born, nullptr) != 0) return false;
    if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) return false;
    if (::prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) != 0) return false;
    errno = ESRCH;
    return ::getppid() == parent;
}

void supervise(pid_t program, int report)
{
    if (report > 0) ::close_range(0, static_cast<unsigned>(report) - 1, 0);
    ::close_range(static_cast<unsigned>(report) + 1, ~0U, 0);
    const auto set = awaited();
    Message end{.kind = Message::Kind::ended, .first = CLD_KILLED, .second = SIGKILL};
    bool ended = false;
    while (!ended && collect(program, end, ended) && !ended) {
        if (::sigwaitinfo(&set, nullptr) == SIGTERM) break;
    }
    end_all(program, end, ended);
    const bool told = ::write(report, &end, sizeof end) == sizeof end;
    ::_exit(told ? 0 : k_supervisor_failed);
}

} // namespace envfix::process
