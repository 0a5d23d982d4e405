#include "process/capture.hpp"
#include "support/catch.hpp"

using envfix::process::Capture;

TEST_CASE("a short output is kept as it is")
{
    Capture capture(8);
    capture.add("abc");
    capture.add("defgh");
    CHECK(capture.text() == "abcdefgh");
}

TEST_CASE("of a long output the beginning and the end are kept")
{
    Capture capture(8);
    SECTION("in one piece")
    {
        capture.add("0123456789abcdef");
    }
    SECTION("byte by byte")
    {
        for (const char c : std::string_view("0123456789abcdef")) {
            capture.add({&c, 1});
        }
    }
    CHECK(capture.text() == "0123\n[8 bytes left out]\ncdef");
}

TEST_CASE("a capture of nothing keeps nothing")
{
    Capture capture(0);
    capture.add("abc");
    CHECK(capture.text() == "\n[3 bytes left out]\n");
}
