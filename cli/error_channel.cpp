#include "cli/error_channel.hpp"

#include "base/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>

namespace envfix::cli {

namespace {

struct Ends {
    UniqueFd ours;
    UniqueFd theirs;
};

Result<Ends> open_pipe()
{
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail(errno_error("a pipe for standard error"));
    return Ends{.ours = UniqueFd(ends[0]), .theirs = UniqueFd(ends[1])};
}

Result<Ends> open_pty()
{
    UniqueFd ours(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!ours || ::grantpt(ours.get()) != 0 || ::unlockpt(ours.get()) != 0) {
        return fail(errno_error("a terminal for standard error"));
    }
    // Not by its name: that may lead elsewhere in a container.
    UniqueFd theirs(::ioctl(ours.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
    termios settings{};
    if (!theirs || ::tcgetattr(STDERR_FILENO, &settings) != 0) return fail(errno_error("a terminal for standard error"));
    // Our terminal does to line ends what it does to them; twice would be once too often.
    settings.c_oflag &= ~static_cast<tcflag_t>(OPOST);
    settings.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL);
    if (::tcsetattr(theirs.get(), TCSANOW, &settings) != 0) return fail(errno_error("a terminal for standard error"));
    return Ends{.ours = std::move(ours), .theirs = std::move(theirs)};
}

} // namespace

void Tail::append(std::string_view text)
{
    if (text.size() > m_limit) {
        m_cut = true;
        text.remove_prefix(text.size() - m_limit);
    }
    // Twice as much is kept, so that each byte is moved once at the most.
    if (m_text.size() + text.size() > 2 * m_limit) {
        m_cut = true;
        m_text.erase(0, m_text.size() - (m_limit - text.size()));
    }
    m_text.append(text);
}

std::string_view Tail::text() const
{
    std::string_view text = m_text;
    bool cut = m_cut;
    if (text.size() > m_limit) {
        cut = true;
        text.remove_prefix(text.size() - m_limit);
    }
    if (cut) text.remove_prefix(std::min(text.find('\n') + 1, text.size()));
    return text;
}

Result<ErrorChannel> ErrorChannel::open()
{
    ENVFIX_TRY(auto ends, is_terminal(STDERR_FILENO) ? open_pty() : open_pipe());
    ErrorChannel channel(std::move(ends.ours), std::move(ends.theirs));
    channel.resize();
    if (::fcntl(channel.m_ours.get(), F_SETFL, O_NONBLOCK) != 0) return fail(errno_error("standard error"));
    return channel;
}

void ErrorChannel::started()
{
    m_theirs = UniqueFd();
}

int ErrorChannel::descriptor() const
{
    return m_pending.empty() ? m_ours.get() : STDERR_FILENO;
}

short ErrorChannel::events() const
{
    return m_pending.empty() ? POLLIN : POLLOUT;
}

void ErrorChannel::step()
{
    if (m_pending.empty()) {
        read_some();
    } else {
        write_some();
    }
}

bool ErrorChannel::read_some()
{
    if (!m_ours) return false;
    std::array<char, 65536> buffer; // NOLINT: only what was read of it is looked at
    const auto got = ::read(m_ours.get(), buffer.data(), buffer.size());
    if (got > 0) {
        const std::string_view text(buffer.data(), static_cast<std::size_t>(got));
        m_tail.append(text);
        if (!m_discards) m_pending = text;
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        close(); // a pty whose other end is closed says EIO
    }
    return got > 0;
}

void ErrorChannel::write_some()
{
    // A pipe that is ready takes so many bytes without waiting.
    const auto written = ::write(STDERR_FILENO, m_pending.data(), std::min<std::size_t>(m_pending.size(), PIPE_BUF));
    if (written >= 0) {
        m_pending.erase(0, static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
        // The command is to learn it as it would have without us.
        m_pending.clear();
        close();
    } else if (errno != EAGAIN && errno != EINTR) {
        m_pending.clear();
        m_discards = true;
    }
}

bool ErrorChannel::idle()
{
    while (m_pending.empty() && read_some()) continue;
    return m_pending.empty();
}

void ErrorChannel::resize() const
{
    winsize size{};
    if (m_ours && ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0) ::ioctl(m_ours.get(), TIOCSWINSZ, &size);
}

void ErrorChannel::pass_on_rest()
{
    ::close(STDIN_FILENO);
    ::close(STDOUT_FILENO);
    while (!ended()) {
        pollfd waiting{.fd = descriptor(), .events = events(), .revents = 0};
        if (::poll(&waiting, 1, -1) < 0 && errno != EINTR) break;
        step();
    }
    ::_exit(0);
}

} // namespace envfix::cli
