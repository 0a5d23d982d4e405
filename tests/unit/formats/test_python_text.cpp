#include "formats/python_text.hpp"
#include "support/catch.hpp"

#include <vector>
using namespace envfix::formats;

namespace {
std::vector<std::string> split(std::string_view text, LineEnds ends)
{
    std::vector<std::string> out;
    Lines lines(text, ends);
    std::string_view line;
    while (lines.next(line))
        out.emplace_back(line);
    return out;
}

using Texts = std::vector<std::string>;
} // namespace

TEST_CASE("lines end as in Python's text files or as in str.splitlines")
{
    CHECK(split("a\nb\r\nc\rd", LineEnds::universal) == Texts{"a", "b", "c", "d"});
    CHECK(split("a\n", LineEnds::universal) == Texts{"a"});
    CHECK(split("\n\n", LineEnds::unicode) == Texts{"", ""});
    CHECK(split("", LineEnds::unicode).empty());
    CHECK(split("a\fb\xc2\x85"
                "c\xe2\x80\xa8"
                "d\x1c"
                "e\xe2\x80\xa6",
                LineEnds::universal)
              .size() == 1);
    CHECK(split("a\fb\xc2\x85"
                "c\xe2\x80\xa8"
                "d\x1c"
                "e\xe2\x80\xa6",
                LineEnds::unicode) == Texts{"a", "b", "c", "d", "e\xe2\x80\xa6"});
}

TEST_CASE("a line end is found wherever it stands, behind whatever bytes")
{
    for (const std::string end : {"\n", "\r", "\r\n", "\v", "\x1e", "\xc2\x85", "\xe2\x80\xa9"}) {
        const bool universal = end.front() == '\n' || end.front() == '\r';
        for (std::size_t length = 0; length < 40; ++length) {
            for (const char byte : {' ', '~', '\x7f', '\x1f', '\0', '\xc2', '\xff'}) {
                const std::string before(length, byte);
                const std::string text = before + end + "rest\r\nlast";
                for (const auto ends : {LineEnds::unicode, LineEnds::universal}) {
                    if (ends == LineEnds::universal && !universal) continue;
                    Lines lines(text, ends);
                    std::string_view line;
                    REQUIRE(lines.next(line));
                    CHECK(line == before);
                    REQUIRE(lines.next(line));
                    CHECK(line == "rest");
                    REQUIRE(lines.next(line));
                    CHECK(line == "last");
                    CHECK_FALSE(lines.next(line));
                }
            }
        }
    }
}

TEST_CASE("strip removes Unicode white space and leaves NUL and damaged bytes alone")
{
    CHECK(strip("\xc2\xa0\x1f a b\xe3\x80\x80\t") == "a b");
    CHECK(strip(std::string_view("\0a\0", 3)) == std::string_view("\0a\0", 3));
    CHECK(strip("\xa0"
                "a\x80\xa8") == "\xa0"
                                "a\x80\xa8");
    CHECK(strip_left(" a ") == "a ");
    CHECK(strip_right(" a ") == " a");
    CHECK(strip(" \n ").empty());
}

TEST_CASE("UTF-8 is checked as strictly as Python's decoder")
{
    CHECK(is_utf8("plain ASCII, longer than a word of eight"));
    CHECK(is_utf8("\xf0\x9d\x9c\x8bthon \xed\x9f\xbf \xf4\x8f\xbf\xbf"));
    for (const auto* bad :
         {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
          "\xf4\x90\x80\x80", "\xf5", "12345678\xff", "\xe2\x82", "\xc3("})
        CHECK_FALSE(is_utf8(bad));
}

TEST_CASE("case is ignored in ASCII only")
{
    CHECK(equal_ignoring_case("Requires-Dist", "requires-DIST"));
    CHECK_FALSE(equal_ignoring_case("a", "ab"));
    CHECK_FALSE(equal_ignoring_case("[", "{"));
    CHECK(ascii_lower("AZ\xc3\x84") == "az\xc3\x84");
}
