#pragma once

#include "report/layout.hpp"

#include <string_view>

namespace envfix::oneshot {

/// What standard output is: its width, and colour only on a terminal and not under NO_COLOR.
report::Style style_of_output(bool no_colour);

/// Writes all of it to standard output; false where that is gone.
bool print(std::string_view text);

/// One line on standard error, with what came from outside escaped.
void complain(std::string_view text);

} // namespace envfix::oneshot
