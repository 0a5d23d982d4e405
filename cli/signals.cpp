#include "cli/signals.hpp"

#include <unistd.h>

#include <cerrno>

namespace envfix::cli {

Result<TakenSignals> TakenSignals::take()
{
    sigset_t set;
    ::sigfillset(&set);
    // The faults are our own, stopping and continuing are for the whole job.
    for (const int left : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT}) {
        ::sigdelset(&set, left);
    }
    TakenSignals taken;
    struct sigaction action {};
    ::sigemptyset(&action.sa_mask);
    action.sa_handler = SIG_DFL; // where it was ignored, nobody would learn how the command ended
    ::sigaction(SIGCHLD, &action, &taken.m_child);
    action.sa_handler = SIG_IGN; // whoever reads our standard error may go first
    ::sigaction(SIGPIPE, &action, &taken.m_pipe);
    ::sigprocmask(SIG_BLOCK, &set, &taken.m_mask);
    taken.m_fd = UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!taken.m_fd) {
        auto error = errno_error("taking signals");
        taken.give_back();
        return fail(std::move(error));
    }
    return taken;
}

std::optional<signalfd_siginfo> TakenSignals::next() const
{
    signalfd_siginfo signal{};
    if (::read(m_fd.get(), &signal, sizeof signal) != static_cast<ssize_t>(sizeof signal)) return std::nullopt;
    return signal;
}

void TakenSignals::give_back() const
{
    ::sigaction(SIGCHLD, &m_child, nullptr);
    ::sigaction(SIGPIPE, &m_pipe, nullptr);
    ::sigprocmask(SIG_SETMASK, &m_mask, nullptr);
}

bool is_for_command(const signalfd_siginfo& signal, pid_t command)
{
    const auto number = static_cast<int>(signal.ssi_signo);
    if (number == SIGCHLD) return false;
    const bool from_terminal = signal.ssi_code == SI_KERNEL && (number == SIGINT || number == SIGQUIT || number == SIGHUP);
    const bool from_command = signal.ssi_code == SI_USER && static_cast<pid_t>(signal.ssi_pid) == command;
    return !from_terminal && !from_command;
}

bool asks_to_end(int signal)
{
    return signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT;
}

} // namespace envfix::cli
