#include "oneshot/terminal.hpp"

#include "report/text.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <string>

namespace envfix::oneshot {

namespace {

bool write_all(int fd, std::string_view text)
{
    while (!text.empty()) {
        const auto written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

int width_of_output()
{
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    constexpr int k_default = 80;
    const char* columns = ::getenv("COLUMNS");
    int value = 0;
    if (columns != nullptr) {
        const std::string_view text = columns;
        std::from_chars(text.data(), text.data() + text.size(), value);
    }
    return value > 0 ? value : k_default;
}

} // namespace

report::Style style_of_output(bool no_colour)
{
    const char* forbidden = ::getenv("NO_COLOR");
    const bool wanted = !no_colour && (forbidden == nullptr || *forbidden == '\0');
    report::Style style;
    style.colour = wanted && ::isatty(STDOUT_FILENO) == 1;
    style.width = width_of_output();
    style.now_s = ::time(nullptr);
    return style;
}

bool print(std::string_view text)
{
    return write_all(STDOUT_FILENO, text);
}

void complain(std::string_view text)
{
    write_all(STDERR_FILENO, "envfixd: " + report::shown(text) + "\n");
}

} // namespace envfix::oneshot
