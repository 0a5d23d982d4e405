#include "formats/pth.hpp"

#include "formats/python_text.hpp"

#include <tuple>

namespace envfix::formats {

namespace {

PthLine classify(std::string_view line, std::size_t number, const PthRules& rules)
{
    if (rules.leading_blanks) line = strip_left(line);
    if (line.starts_with('#')) return {PthKind::comment, number, std::string(line)};
    const auto text = strip_right(line);
    if (strip_left(text).empty()) return {PthKind::blank, number, {}};
    const bool is_import = line.starts_with("import ") || line.starts_with("import\t");
    return {is_import ? PthKind::import : PthKind::path, number, std::string(text)};
}

} // namespace

namespace {

/// The first micro release of each minor version that leaves out files whose name begins with a
/// dot: a security fix that went to all of them in early 2024.
bool skips_hidden_files(int major, int minor, int micro)
{
    if (major != 3 || minor >= 13) return true;
    switch (minor) {
    case 12: return micro >= 2;
    case 11: return micro >= 8;
    case 10: return micro >= 14;
    case 9:
    case 8: return micro >= 19;
    default: return false;
    }
}

} // namespace

PthRules PthRules::of(int major, int minor, int micro)
{
    const auto since = [version = std::tuple(major, minor)](int x, int y) {
        return version >= std::tuple(x, y);
    };
    return {.byte_order_mark = since(3, 13),
            .unicode_line_ends = since(3, 13),
            .leading_blanks = since(3, 15),
            .import_lines_last = since(3, 15),
            .hidden_files = !skips_hidden_files(major, minor, micro)};
}

PthFile parse_pth(std::string_view bytes, const PthRules& rules)
{
    PthFile file{.lines = {}, .not_utf8 = !is_utf8(bytes)};
    if (rules.byte_order_mark) remove_byte_order_mark(bytes);
    Lines lines(bytes, rules.unicode_line_ends ? LineEnds::unicode : LineEnds::universal);
    std::string_view line;
    for (std::size_t number = 1; lines.next(line); ++number)
        file.lines.push_back(classify(line, number, rules));
    return file;
}

} // namespace envfix::formats
