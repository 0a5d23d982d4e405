#include "formats/pth.hpp"
#include "support/catch.hpp"
using namespace envfix::formats;

namespace {
std::vector<PthLine> lines(std::string_view text, int minor)
{
    return parse_pth(text, PthRules::of(3, minor)).lines;
}
} // namespace

TEST_CASE("a .pth line is a path, an import, a comment or blank")
{
    CHECK(lines("../src  \n# c\n \t\nimport os; x()\nimport\tos\nimportlib\n", 11) ==
          std::vector<PthLine>{{PthKind::path, 1, "../src"},
                               {PthKind::comment, 2, "# c"},
                               {PthKind::blank, 3, ""},
                               {PthKind::import, 4, "import os; x()"},
                               {PthKind::import, 5, "import\tos"},
                               {PthKind::path, 6, "importlib"}});
}

TEST_CASE("leading blanks belong to the line up to 3.14 and are stripped by 3.15")
{
    CHECK(lines("  import x\n #c\n", 14) ==
          std::vector<PthLine>{{PthKind::path, 1, "  import x"}, {PthKind::path, 2, " #c"}});
    CHECK(lines("  import x\n #c\n", 15) ==
          std::vector<PthLine>{{PthKind::import, 1, "import x"}, {PthKind::comment, 2, "#c"}});
}

TEST_CASE("a byte order mark spoils the first line before 3.13")
{
    CHECK(lines("\xef\xbb\xbf/a\n/b", 12) ==
          std::vector<PthLine>{{PthKind::path, 1, "\xef\xbb\xbf/a"}, {PthKind::path, 2, "/b"}});
    CHECK(lines("\xef\xbb\xbf/a\n/b", 13) ==
          std::vector<PthLine>{{PthKind::path, 1, "/a"}, {PthKind::path, 2, "/b"}});
}

TEST_CASE("a form feed ends a .pth line from 3.13 on")
{
    CHECK(lines("/a\f/b", 12).size() == 1);
    CHECK(lines("/a\f/b", 13).size() == 2);
    CHECK(lines("/a\r/b\r\n/c", 8).size() == 3);
}

TEST_CASE("bytes that are not UTF-8 are told, the lines are there all the same")
{
    const auto file = parse_pth("/a\n/\xff\n", PthRules::of(3, 13));
    CHECK(file.not_utf8);
    CHECK(file.lines.size() == 2);
    CHECK_FALSE(parse_pth("/\xc3\xa4\n", PthRules::of(3, 13)).not_utf8);
}

TEST_CASE("the rules change with the security releases of early 2024, with 3.13 and 3.15")
{
    CHECK(PthRules::of(3, 12, 1).hidden_files);
    CHECK_FALSE(PthRules::of(3, 12, 2).hidden_files);
    CHECK(PthRules::of(3, 11, 7).hidden_files);
    CHECK_FALSE(PthRules::of(3, 11, 8).hidden_files);
    CHECK(PthRules::of(3, 8, 18).hidden_files);
    CHECK_FALSE(PthRules::of(3, 8, 19).hidden_files);
    CHECK(PthRules::of(3, 7, 17).hidden_files);
    CHECK(PthRules::of(3, 14) == PthRules{.byte_order_mark = true, .unicode_line_ends = true});
    CHECK(PthRules::of(3, 15).import_lines_last);
}
