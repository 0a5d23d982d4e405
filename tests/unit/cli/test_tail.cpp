#include "cli/error_channel.hpp"

#include "support/catch.hpp"

using envfix::cli::Tail;

TEST_CASE("the last lines of a long text are kept, from the beginning of one on")
{
    Tail tail(16);
    CHECK(tail.text().empty());
    tail.append("one\ntwo\n");
    CHECK(tail.text() == "one\ntwo\n");
    tail.append("three\nfour\n");
    CHECK(tail.text() == "two\nthree\nfour\n");
    tail.append("a line that is longer than all\nend\n");
    CHECK(tail.text() == "end\n");
    tail.append("a line without an end, longer");
    CHECK(tail.text() == "t an end, longer");
}

TEST_CASE("what is kept does not depend on the pieces in which it came")
{
    std::string all;
    for (int i = 0; i < 2000; ++i) all += std::to_string(i) + (i % 7 == 0 ? "\n" : " ");
    Tail whole(1000);
    whole.append(all);
    for (const std::size_t piece : {1U, 3U, 999U, 1000U, 1001U, 4096U}) {
        Tail tail(1000);
        for (std::size_t at = 0; at < all.size(); at += piece) tail.append(std::string_view{all}.substr(at, piece));
        CHECK(tail.text() == whole.text());
        CHECK(tail.text().size() <= 1000);
    }
}
