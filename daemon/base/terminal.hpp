#pragma once

#include <string_view>

namespace envfix {

/// How text may be written to a stream.
struct Screen {
    bool colour = false;
    int width = 80; ///< columns
    bool unicode = true;
};

/// What this stream is: colour only on a terminal and not under NO_COLOR; COLUMNS or the terminal's width; UTF-8 signs where
/// the locale says so. Not on a terminal lines are not cut: somebody may look for a path in them.
Screen screen_of(int fd, bool no_colour);

bool is_terminal(int fd);

/// Writes all of it, waiting for whoever reads. False, and errno, where the other end takes no more.
bool write_text(int fd, std::string_view text);

} // namespace envfix
