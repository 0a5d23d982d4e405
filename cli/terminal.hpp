#pragma once

#include "report/layout.hpp"

#include <string_view>

namespace envfix::cli {

/// How to write to this stream, now.
report::Style style_of(int fd, bool no_colour);

/// Asks on the terminal; true for "y" or "yes".
bool ask(std::string_view question);

/// Says this when the person interrupts, and ends with 130: what the daemon does goes on.
void say_when_interrupted(std::string_view text);

/// Ends with this code when the person interrupts.
void end_when_interrupted(int exit_code);

} // namespace envfix::cli
