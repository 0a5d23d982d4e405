#pragma once

#include "report/layout.hpp"

#include <string>
#include <string_view>

namespace envfix::cli {

/// How to write on this standard output: colour only on a terminal and not under NO_COLOR; COLUMNS or the terminal's width;
/// UTF-8 signs where the locale says so. Not on a terminal lines are not cut: somebody may look for a path in them.
report::Style style_of_output(bool no_colour);

bool is_terminal(int fd);

/// Writes all of it. False, and errno, where the other end takes no more.
bool write_text(int fd, std::string_view text);

/// Asks on the terminal; true for "y" or "yes".
bool ask(std::string_view question);

/// Says this when the person interrupts, and ends with 130: what the daemon does goes on.
void say_when_interrupted(std::string_view text);

} // namespace envfix::cli
