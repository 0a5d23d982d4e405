#include "report/layout.hpp"

#include "report/text.hpp"

#include "support/catch.hpp"

#include <array>
using namespace envfix;
using namespace envfix::report;

TEST_CASE("a path that is too long keeps both its ends")
{
    const Style style;
    CHECK(fit_middle(style, "/home/ann/src", 13) == "/home/ann/src");
    CHECK(fit_middle(style, "/home/ann/src/shop/.venv", 13) == "/hom…op/.venv");
    CHECK(fit_middle({.unicode = false}, "/home/ann/src/shop/.venv", 13) == "/ho...p/.venv");
    CHECK(fit_end(style, "abcdef", 4) == "abc…");
    CHECK(fit_end({.unicode = false}, "abcdef", 3) == "abc");
}

TEST_CASE("what is cut never exceeds its columns, nor tears a character")
{
    const std::string text = "/s/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e/e\xcc\x81/\xf0\x9f\x90\x8d/gr\xc3\xbc\xc3\x9f";
    for (std::size_t columns = 0; columns <= display_width(text) + 1; ++columns) {
        for (const auto& cut : {fit_middle(Style{}, text, columns), fit_end(Style{}, text, columns),
                                fit_middle({.unicode = false}, text, columns)}) {
            CHECK(display_width(cut) <= columns);
            CHECK(shown(cut) == cut); // still valid UTF-8
        }
    }
}

TEST_CASE("text is broken at spaces, and a longer word is cut")
{
    CHECK(wrapped("one two three", 7) == std::vector<std::string>{"one two", "three"});
    CHECK(wrapped("abcdefgh ij", 4) == std::vector<std::string>{"abcd", "efgh", "ij"});
    CHECK(wrapped("", 4) == std::vector<std::string>{""});
    CHECK(wrapped("  a   b ", 9) == std::vector<std::string>{"a b"});
    CHECK(wrapped("\xe6\x97\xa5\xe6\x9c\xac", 1) == std::vector<std::string>{"\xe6\x97\xa5", "\xe6\x9c\xac"});
}

TEST_CASE("a table fits its width at any width")
{
    const std::array<Column, 4> columns{Column{.title = "STATE", .keep = Column::k_always},
                                        Column{.title = "ID", .keep = 3}, Column{.title = "KIND", .keep = 1},
                                        Column{.title = "PATH", .path = true, .keep = Column::k_always}};
    const std::vector<std::vector<Cell>> rows{
        {{"awaiting-approval", Colour::red}, {"3fa1b2c3d4e5"}, {"venv"}, {std::string(300, 'p')}},
        {{"healthy"}, {"77aa00000001"}, {"venv"}, {"/\xe6\x97\xa5\xe6\x9c\xac/x"}}};
    for (int width = 40; width <= 200; ++width) {
        const Style style{.width = width};
        std::string_view text;
        const auto whole = table(style, columns, rows);
        text = whole;
        int lines = 0;
        while (!text.empty()) {
            const auto end = text.find('\n');
            CHECK(display_width(text.substr(0, end)) <= static_cast<std::size_t>(width));
            text.remove_prefix(end + 1);
            ++lines;
        }
        CHECK(lines == 3);
        CHECK((whole.find("KIND") != std::string::npos) == (width >= 17 + 2 + 12 + 2 + 4 + 2 + 16));
    }
}

TEST_CASE("colour is only there where it is asked for")
{
    CHECK(painted({.colour = false}, Colour::red, "x") == "x");
    CHECK(painted({.colour = true}, Colour::red, "x") == "\x1b[1;31mx\x1b[0m");
    CHECK(painted({.colour = true}, Colour::none, "x") == "x");
    CHECK(painted({.colour = true}, Colour::red, "") == "");
}
