#include "support/catch.hpp"
#include "symptoms/lines.hpp"

#include <string>
#include <vector>

using namespace envfix::symptoms;

namespace {

std::vector<std::string> lines(std::string_view text)
{
    std::vector<std::string> all;
    LineReader reader(text);
    Line line;
    while (reader.next(line)) all.push_back(std::to_string(line.number) + " " + line.text);
    return all;
}

using Lines = std::vector<std::string>;

} // namespace

TEST_CASE("lines are counted as they stand in the text, and blank ones are left out")
{
    CHECK(lines("a\n\n b \r\n\nc") == Lines{"1 a", "3 b", "5 c"});
    CHECK(lines("") == Lines{});
    CHECK(lines(std::string_view("\xFF\xFE" "a\0b\0", 6)) == Lines{"1 ab"});
    CHECK(lines("10 %\r50 %\rdone") == Lines{"1 10 %", "1 50 %", "1 done"});
}

TEST_CASE("colours, titles and boxes are taken away")
{
    CHECK(lines("\x1B[1;31mError\x1B[0m: \x1B]0;title\x07x") == Lines{"1 Error: x"});
    CHECK(lines("\x1B]8;;http://x\x1B\\link") == Lines{"1 link"});
    CHECK(lines("[31mError[0m") == Lines{"1 Error"});
    CHECK(lines("\\u001b[31mError") == Lines{"1 Error"});
    CHECK(lines("\xE2\x94\x82 Error   \xE2\x94\x82") == Lines{"1 Error"});
    CHECK(lines("a[1] b[12;") == Lines{"1 a[1] b[12;"});
    CHECK(lines("\x1B") == Lines{});
}

TEST_CASE("typographic quotes and HTML entities become what the program printed")
{
    CHECK(lines("No module named \xE2\x80\x98jwt\xE2\x80\x99") == Lines{"1 No module named 'jwt'"});
    CHECK(lines("No module named &#39;jwt&#39; &lt;module&gt;") == Lines{"1 No module named 'jwt' <module>"});
}

TEST_CASE("line breaks that were written out are line breaks in a traceback, and nothing in a path")
{
    CHECK(lines(R"(Traceback (most recent call last):\n  File \"a.py\", line 1\nKeyError: 'x')") ==
          Lines{"1 Traceback (most recent call last):", "1 File \"a.py\", line 1", "1 KeyError: 'x'"});
    CHECK(lines(R"(C:\new\name.py)") == Lines{R"(1 C:\new\name.py)"});
}

TEST_CASE("a long line comes in pieces that overlap, and the work is bounded")
{
    const std::string text(k_most_bytes + 1000, 'x');
    LineReader reader(text);
    Line line;
    std::size_t bytes = 0;
    std::size_t pieces = 0;
    while (reader.next(line)) {
        CHECK(line.text.size() <= k_longest_piece);
        bytes += line.text.size();
        ++pieces;
    }
    CHECK(bytes >= k_most_bytes);
    CHECK(bytes <= k_most_bytes + pieces * k_overlap);
}
