#include "capture/file_mark.hpp"
#include "capture/known_files.hpp"
#include "support/catch.hpp"

#include <string>

using namespace envfix::capture;

TEST_CASE("a file counts as recent until two seconds after its last change, and whenever that lies in the future")
{
    constexpr std::int64_t k_changed_ns = 5'000'000'000;
    const FileMark mark{.ctime_ns = k_changed_ns};
    CHECK(mark.is_recent(k_changed_ns));
    CHECK(mark.is_recent(k_changed_ns + 1'999'999'999));
    CHECK_FALSE(mark.is_recent(k_changed_ns + 2'000'000'000));
    CHECK(mark.is_recent(k_changed_ns - 1));
}

TEST_CASE("each part of a mark tells files apart")
{
    const FileMark mark{.device = 1, .inode = 2, .size = 3, .mtime_ns = 4, .ctime_ns = 5};
    KnownFiles<std::string> known(10);
    known.keep(mark, "text");
    REQUIRE(known.find(mark) != nullptr);
    CHECK(*known.find(mark) == "text");
    for (const auto part : {&FileMark::device, &FileMark::inode, &FileMark::size}) {
        auto other = mark;
        ++(other.*part);
        CHECK(known.find(other) == nullptr);
    }
    for (const auto part : {&FileMark::mtime_ns, &FileMark::ctime_ns}) {
        auto other = mark;
        ++(other.*part);
        CHECK(known.find(other) == nullptr);
    }
}

TEST_CASE("what is known of files never costs more than was allowed")
{
    KnownFiles<int> known(10);
    known.keep({.inode = 1}, 1, 4);
    known.keep({.inode = 2}, 2, 4);
    known.keep({.inode = 1}, 3, 4); // known already: it costs nothing more
    CHECK(known.size() == 2);
    CHECK(*known.find({.inode = 1}) == 3);
    known.keep({.inode = 3}, 3, 4);
    CHECK(known.size() == 1);
    CHECK(known.find({.inode = 3}) != nullptr);
    known.keep({.inode = 4}, 4, 11);
    CHECK(known.find({.inode = 4}) == nullptr);
}
