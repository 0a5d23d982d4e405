#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::formats {

/// What site.py does with one line of a .pth file.
enum class PthKind : unsigned char {
    path,   ///< joined to the file's directory and added to sys.path if it exists
    import, ///< executed as Python code; envfix never does
    comment,
    blank
};

struct PthLine {
    PthKind kind{};
    std::size_t number = 0; ///< the first line is 1
    std::string text;       ///< path: without trailing white space; import: the whole statement

    bool operator==(const PthLine&) const = default;
};

/// How the .pth rules of one Python version differ.
struct PthRules {
    bool byte_order_mark = false;   ///< 3.13: accepted; before, it becomes part of the first line
    bool unicode_line_ends = false; ///< 3.13: str.splitlines instead of a text file's line ends
    bool leading_blanks = false;    ///< 3.15: stripped; before, they are part of the line
    bool import_lines_last = false; ///< 3.15 (PEP 829): all path lines of all files come first
    bool hidden_files =
        false; ///< until early 2024 (3.12.1, 3.11.7, 3.8.18) dot-files are read as well

    /// The rules of the interpreter `major`.`minor`.`micro`.
    static PthRules of(int major, int minor, int micro = 0);
    bool operator==(const PthRules&) const = default;
};

struct PthFile {
    std::vector<PthLine> lines; ///< every line, in order
    bool not_utf8 = false; ///< under a UTF-8 locale the interpreter does not start with such a file

    bool operator==(const PthFile&) const = default;
};

/// Reads a .pth file as site.py of the given version does. Never fails.
PthFile parse_pth(std::string_view bytes, const PthRules& rules);

} // namespace envfix::formats
