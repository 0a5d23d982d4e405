#include "cli/passthrough.hpp"

#include "cli/error_channel.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

namespace envfix::cli {

namespace {

/// One command from its start to its end.
class Passthrough {
public:
    Passthrough(const TakenSignals& signals, std::optional<ErrorChannel> channel)
        : m_signals(signals), m_channel(std::move(channel))
    {
    }

    Ended run(const Program& program, const std::vector<std::string>& words)
    {
        const auto started = start(program, words, m_channel ? m_channel->for_command() : -1, m_signals);
        if (started.error != 0) return {.error = started.error};
        m_command = started.pid;
        if (m_channel) m_channel->started();
        while (!m_over || !all_passed_on()) wait();
        m_ended.seen = m_channel.has_value();
        if (m_channel) m_ended.error_output = m_channel->text();
        return std::move(m_ended);
    }

private:
    void wait()
    {
        std::array<pollfd, 2> waiting{{{.fd = m_signals.descriptor(), .events = POLLIN, .revents = 0},
                                       {.fd = -1, .events = 0, .revents = 0}}};
        if (m_channel) waiting[1] = {.fd = m_channel->descriptor(), .events = m_channel->events(), .revents = 0};
        if (::poll(waiting.data(), waiting.size(), -1) < 0) return; // EINTR: look again
        if (waiting[0].revents != 0) {
            while (const auto signal = m_signals.next()) got(*signal);
        }
        if (waiting[1].revents != 0) m_channel->step();
    }

    void got(const signalfd_siginfo& signal)
    {
        const auto number = static_cast<int>(signal.ssi_signo);
        if (number == SIGCHLD) return look_after_command();
        if (number == SIGWINCH && m_channel) m_channel->resize(); // before the command asks
        m_ended.was_asked = m_ended.was_asked || asks_to_end(number);
        if (m_over) {
            m_hurries = m_hurries || asks_to_end(number);
        } else if (is_for_command(signal, m_command)) {
            ::kill(m_command, number);
        }
    }

    void look_after_command()
    {
        int status = 0;
        while (::waitpid(m_command, &status, WNOHANG | WUNTRACED) == m_command) {
            if (!WIFSTOPPED(status)) {
                m_over = true;
                m_ended.status = status;
                return;
            }
            // Whoever started us waits for us to stop, not for it.
            ::raise(SIGSTOP);
            ::kill(m_command, SIGCONT);
        }
    }

    /// Once the command is gone: whatever it wrote has been passed on, or nobody wants to wait for that.
    bool all_passed_on()
    {
        if (!m_channel || m_channel->ended()) return true;
        if (!m_channel->idle()) return m_hurries;
        if (!m_channel->ended()) leave_channel_to_child();
        return true;
    }

    /// Something that the command started goes on and still holds its standard error: so does a process of ours.
    void leave_channel_to_child()
    {
        if (::fork() == 0) {
            m_signals.give_back();
            m_channel->pass_on_rest();
        }
        m_channel->close();
    }

    const TakenSignals& m_signals;
    std::optional<ErrorChannel> m_channel;
    pid_t m_command = -1;
    bool m_over = false;
    bool m_hurries = false; ///< asked to end when nothing was left but to pass on output
    Ended m_ended;
};

/// A standard error that was closed when we began reads only (base/standard_streams.hpp): there is nothing to pass on.
bool error_stream_is_open()
{
    const int flags = ::fcntl(STDERR_FILENO, F_GETFL);
    return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
}

} // namespace

Result<Ended> pass_through(const Program& program, const std::vector<std::string>& words)
{
    std::optional<ErrorChannel> channel;
    if (error_stream_is_open()) {
        // Where there is no pty to be had the command is to run all the same.
        if (auto opened = ErrorChannel::open()) channel = *std::move(opened);
    }
    ENVFIX_TRY(const auto signals, TakenSignals::take());
    auto ended = Passthrough(signals, std::move(channel)).run(program, words);
    signals.give_back();
    return ended;
}

} // namespace envfix::cli
