#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::report {

/// What the text goes to.
struct Style {
    bool colour = false;
    int width = 80;         ///< columns; below 40 counts as 40
    bool unicode = true;    ///< false: nothing but ASCII of our own
    std::int64_t now_s = 0; ///< wall clock, for "3 min ago"; 0: dates instead
};

enum class Colour : std::uint8_t { none, bold, dim, red, green, yellow, cyan };

/// The columns that there are to fill.
std::size_t columns_of(const Style& style);

/// `text` in this colour, if the style has any.
std::string painted(const Style& style, Colour colour, std::string_view text);

/// `text`, or its beginning and its end around an ellipsis, so that it takes at most `columns`: what tells paths
/// apart stands at both ends. `text` is already fit to be shown.
std::string fit_middle(const Style& style, std::string_view text, std::size_t columns);

/// `text`, or its beginning before an ellipsis, so that it takes at most `columns`.
std::string fit_end(const Style& style, std::string_view text, std::size_t columns);

/// `text` broken at spaces into lines of at most `columns`; a longer word is cut.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns);

/// Lines of "  label  text", the text wrapped below itself. Ends with a line break.
std::string labelled(const Style& style, std::size_t indent, std::string_view label, std::size_t label_columns,
                     std::string_view text, Colour colour = Colour::none);

/// The same with one line that holds a path, which is shortened in its middle.
std::string labelled_path(const Style& style, std::size_t indent, std::string_view label, std::size_t label_columns,
                          std::string_view path);

/// The same with a command, which is never cut: it is there to be copied.
std::string labelled_command(const Style& style, std::size_t indent, std::string_view label,
                             std::size_t label_columns, std::string_view command);

/// The same with an advice: its lines run together and are wrapped, but those that begin with a space: they are commands to
/// copy, each on a line of its own and never cut. `advice` is not yet fit to be shown.
std::string labelled_advice(const Style& style, std::size_t indent, std::string_view label, std::size_t label_columns,
                            std::string_view advice);

/// One cell of a table: text that is fit to be shown, and its colour.
struct Cell {
    std::string text;
    Colour colour = Colour::none;
};

struct Column {
    std::string title;
    bool path = false;     ///< shortened in the middle
    int keep = 0;          ///< columns with the lowest go first where the width does not do; `k_always` stays
    static constexpr int k_always = 100;
};

/// A table that fits the width: columns are left out by `keep`, then the widest shrink. Ends with a line break.
std::string table(const Style& style, std::span<const Column> columns, const std::vector<std::vector<Cell>>& rows);

} // namespace envfix::report
