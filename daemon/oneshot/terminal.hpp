#pragma once

#include "report/layout.hpp"

#include <string_view>

namespace envfix::oneshot {

/// How to write to standard output.
report::Style style_of_output(bool no_colour);

/// Writes all of it to standard output; false where that is gone.
bool print(std::string_view text);

/// One line on standard error, with what came from outside escaped.
void complain(std::string_view text);

} // namespace envfix::oneshot
