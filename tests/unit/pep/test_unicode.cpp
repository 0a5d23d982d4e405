#include "pep/unicode.hpp"
#include "support/catch.hpp"

using namespace envfix::pep;

TEST_CASE("white space is what Python strips")
{
    CHECK(strip(" \t\n\x0b\x0c\r\x1c\x1f\u0085\u00a0\u2003x y\u3000\u2028 ") == "x y");
    CHECK(strip("\u200b") == "\u200b"); // zero width, and no space
    CHECK(strip(" \u00a0") == "");
    CHECK(strip("x\xa0") == "x\xa0"); // half a character
    CHECK(leading_space("\u2003 a") == 4);
}

TEST_CASE("identifiers and word characters may be of any script")
{
    for (const auto* text : {"py3", "_", "p\u00fd", "\u0394x", "a\u0301"})
        CHECK(is_identifier(text));
    for (const auto* text : {"", "3py", "py 3", "\u0301a", "\xff", "\u00b2"}) {
        INFO(text);
        CHECK_FALSE(is_identifier(text));
    }
    CHECK(is_word(U'\u0661'));
    CHECK(is_word(U'\u00b2'));
    CHECK_FALSE(is_word(U'\u0301'));
    CHECK_FALSE(is_word(U'-'));
}

TEST_CASE("lower case is that of Python")
{
    CHECK(lower("ABC\u00c4\u0394\u0416\u1e9e\U00010400") ==
          "abc\u00e4\u03b4\u0436\u00df\U00010428");
    CHECK(lower("\u0130") == "i\u0307");
    CHECK(lower("\xff") == "\xff");
}

TEST_CASE("bytes that are not UTF-8 are one character each")
{
    for (const auto* text : {"\xff", "\xc0\x80", "\xe2\x82", "\xf4\x90\x80\x80", "\x80"}) {
        CHECK(decode_first(text).size == 1);
        CHECK_FALSE(is_word(decode_first(text).value));
    }
    CHECK(decode_first("").size == 0);
    CHECK(decode_first("\U0001d70b!").value == U'\U0001d70b');
}
