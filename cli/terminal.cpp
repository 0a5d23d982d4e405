#include "cli/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <ctime>

namespace envfix::cli {

namespace {

constexpr int k_uncut = 10000;

// What the signal handler writes: nothing may be allocated there.
std::array<char, 512> g_last_words{};
volatile std::sig_atomic_t g_last_words_size = 0;

extern "C" void say_last_words(int)
{
    const auto size = static_cast<std::size_t>(g_last_words_size);
    if (::write(STDERR_FILENO, g_last_words.data(), size) < 0) ::_exit(130);
    ::_exit(130);
}

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

int columns()
{
    const auto wanted = variable("COLUMNS");
    int number = 0;
    const auto [after, failed] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), number);
    if (failed == std::errc{} && after == wanted.data() + wanted.size() && number > 0) return std::min(number, k_uncut);
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return is_terminal(STDOUT_FILENO) ? 80 : k_uncut;
}

} // namespace

report::Style style_of_output(bool no_colour)
{
    return {.colour = !no_colour && variable("NO_COLOR").empty() && variable("TERM") != "dumb" &&
                      is_terminal(STDOUT_FILENO),
            .width = columns(),
            .unicode = speaks_utf8(),
            .now_s = std::time(nullptr)};
}

bool is_terminal(int fd)
{
    return ::isatty(fd) == 1;
}

bool write_text(int fd, std::string_view text)
{
    while (!text.empty()) {
        const auto written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

bool ask(std::string_view question)
{
    write_text(STDERR_FILENO, question);
    std::string answer;
    char c = 0;
    while (answer.size() < 16 && ::read(STDIN_FILENO, &c, 1) == 1 && c != '\n') answer += c;
    return answer == "y" || answer == "Y" || answer == "yes";
}

void say_when_interrupted(std::string_view text)
{
    g_last_words_size = 0;
    const auto size = std::min(text.size(), g_last_words.size());
    std::copy_n(text.begin(), size, g_last_words.begin());
    g_last_words_size = static_cast<std::sig_atomic_t>(size);
    struct sigaction action {};
    action.sa_handler = say_last_words;
    sigemptyset(&action.sa_mask);
    ::sigaction(SIGINT, &action, nullptr);
}

} // namespace envfix::cli
