#include "base/terminal.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>

namespace envfix {

namespace {

constexpr int k_uncut = 10000;

std::string_view variable(const char* name)
{
    const char* value = std::getenv(name);
    return value == nullptr ? std::string_view{} : std::string_view{value};
}

bool speaks_utf8()
{
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const auto value = variable(name);
        if (value.empty()) continue;
        return value.find("UTF-8") != std::string_view::npos || value.find("utf8") != std::string_view::npos ||
               value.find("utf-8") != std::string_view::npos;
    }
    return false;
}

int columns(int fd)
{
    const auto wanted = variable("COLUMNS");
    int number = 0;
    const auto [after, failed] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), number);
    if (failed == std::errc{} && after == wanted.data() + wanted.size() && number > 0) return std::min(number, k_uncut);
    winsize size{};
    if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return is_terminal(fd) ? 80 : k_uncut;
}

} // namespace

Screen screen_of(int fd, bool no_colour)
{
    return {.colour = !no_colour && variable("NO_COLOR").empty() && variable("TERM") != "dumb" && is_terminal(fd),
            .width = columns(fd),
            .unicode = speaks_utf8()};
}

bool is_terminal(int fd)
{
    return ::isatty(fd) == 1;
}

bool write_text(int fd, std::string_view text)
{
    while (!text.empty()) {
        const auto written = ::write(fd, text.data(), text.size());
        if (written > 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (written < 0 && errno == EAGAIN) {
            // Some other program on this terminal made it non-blocking, for all of us.
            pollfd ready{.fd = fd, .events = POLLOUT, .revents = 0};
            if (::poll(&ready, 1, -1) < 0 && errno != EINTR) return false;
        } else if (written == 0 || errno != EINTR) {
            return false;
        }
    }
    return true;
}

} // namespace envfix
