#include "cli/terminal.hpp"

#include "base/terminal.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <ctime>
#include <string>

namespace envfix::cli {

namespace {

// What the signal handler does: nothing may be allocated there.
std::array<char, 512> g_last_words{};
volatile std::sig_atomic_t g_last_words_size = 0;
volatile std::sig_atomic_t g_exit_code = 130;

extern "C" void say_last_words(int)
{
    const auto size = static_cast<std::size_t>(g_last_words_size);
    if (size > 0 && ::write(STDERR_FILENO, g_last_words.data(), size) < 0) ::_exit(g_exit_code);
    ::_exit(g_exit_code);
}

void handle_interrupts()
{
    struct sigaction action {};
    action.sa_handler = say_last_words;
    sigemptyset(&action.sa_mask);
    ::sigaction(SIGINT, &action, nullptr);
}

} // namespace

report::Style style_of(int fd, bool no_colour)
{
    const auto screen = screen_of(fd, no_colour);
    return {.colour = screen.colour, .width = screen.width, .unicode = screen.unicode, .now_s = std::time(nullptr)};
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
    handle_interrupts();
}

void end_when_interrupted(int exit_code)
{
    g_exit_code = exit_code;
    handle_interrupts();
}

} // namespace envfix::cli
