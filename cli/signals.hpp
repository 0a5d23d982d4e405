#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"

#include <sys/signalfd.h>

#include <csignal>
#include <optional>

namespace envfix::cli {

/// Takes all signals of this process that another one may have meant for the command that we stand for, and gives them out
/// one by one. Those by which a terminal stops and continues a job keep their effect: they reach the command as well.
class TakenSignals {
public:
    /// From now on signals wait to be read. Errors: the system refuses.
    static Result<TakenSignals> take();

    /// Becomes readable when a signal waits.
    [[nodiscard]] int descriptor() const { return m_fd.get(); }

    /// The next one that waits; none: nothing waits.
    [[nodiscard]] std::optional<signalfd_siginfo> next() const;

    /// Signals as they were before `take`, for this process or, between fork and exec, for a child (async-signal-safe).
    void give_back() const;

private:
    UniqueFd m_fd;
    sigset_t m_mask{};
    struct sigaction m_child {};
    struct sigaction m_pipe {};
};

/// Whether a signal that we got has to be passed on to the command: one that the terminal sent went to the whole job, so the
/// command has it already; one that the command itself sent is not for it.
bool is_for_command(const signalfd_siginfo& signal, pid_t command);

/// Whether this signal is how a person, or the system in his name, asks a program to end.
bool asks_to_end(int signal);

} // namespace envfix::cli
