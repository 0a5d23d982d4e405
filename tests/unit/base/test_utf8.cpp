#include "base/utf8.hpp"

#include "support/catch.hpp"

#include <string>

using namespace envfix;

TEST_CASE("characters are read as RFC 3629 writes them")
{
    const auto is = [](std::string_view text, char32_t value, std::size_t length) {
        const auto found = first_code_point(text);
        return found.value == value && found.length == length;
    };
    CHECK(is("A\xff", U'A', 1));
    CHECK(is("\xc3\xbc", U'\u00fc', 2));
    CHECK(is("\xe2\x82\xac", U'\u20ac', 3));
    CHECK(is("\xf0\x9f\x90\x8d", U'\U0001f40d', 4));
    CHECK(is("\xf4\x8f\xbf\xbf", 0x10ffff, 4));
    CHECK(is(std::string_view("\0", 1), 0, 1));
}

TEST_CASE("what is no UTF-8 has no length")
{
    for (const auto* bad : {"\x80", "\xff", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x80\x80", "\xed\xa0\x80", "\xe2\x82",
                            "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80"}) {
        CHECK(first_code_point(bad).length == 0);
        CHECK(!is_utf8(std::string{"a"} + bad));
    }
    CHECK(is_utf8(""));
    CHECK(is_utf8("gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\x8d"));
}
