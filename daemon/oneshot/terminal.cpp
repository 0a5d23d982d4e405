#include "oneshot/terminal.hpp"

#include "base/terminal.hpp"
#include "report/text.hpp"

#include <unistd.h>

#include <ctime>
#include <string>

namespace envfix::oneshot {

report::Style style_of_output(bool no_colour)
{
    const auto screen = screen_of(STDOUT_FILENO, no_colour);
    return {.colour = screen.colour, .width = screen.width, .unicode = screen.unicode, .now_s = ::time(nullptr)};
}

bool print(std::string_view text)
{
    return write_text(STDOUT_FILENO, text);
}

void complain(std::string_view text)
{
    write_text(STDERR_FILENO, "envfixd: " + report::shown(text) + "\n");
}

} // namespace envfix::oneshot
