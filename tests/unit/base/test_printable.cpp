#include "base/printable.hpp"
#include "base/sha256.hpp"
#include "support/catch.hpp"

using namespace envfix;

TEST_CASE("what could move a cursor or turn the line is escaped")
{
    CHECK(escape_untrusted("a\x1b[31mb") == "a\\x1b[31mb");
    CHECK(escape_untrusted("a\nb\tc") == "a\\x0ab\\x09c");
    CHECK(escape_untrusted("a\xe2\x80\xae" "b") == "a\\u202eb");
    CHECK(escape_untrusted("\xc2\x9b") == "\\u009b");
    CHECK(escape_untrusted("caf\xc3\xa9 \xf0\x9f\x90\x8d") == "caf\xc3\xa9 \xf0\x9f\x90\x8d");
}

TEST_CASE("bytes that are no UTF-8 are escaped one by one")
{
    CHECK(escape_untrusted("\xff") == "\\xff");
    CHECK(escape_untrusted("\xc3") == "\\xc3");
    CHECK(escape_untrusted("\xc0\xaf") == "\\xc0\\xaf");
    CHECK(escape_untrusted("\xed\xa0\x80") == "\\xed\\xa0\\x80");
}

TEST_CASE("a printable text has at most 256 bytes and ends in a whole character")
{
    const std::string snakes(1000, '~');
    CHECK(Printable(snakes).text().size() <= 256);
    CHECK(Printable(snakes).text().ends_with("..."));
    CHECK(Printable("short").text() == "short");
}

TEST_CASE("SHA-256 of the empty text and of abc are those of FIPS 180-4")
{
    CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
