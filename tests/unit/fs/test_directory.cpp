#include "fs/tree.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <filesystem>
#include <string>

using namespace envfix;
using namespace std::string_literals;

TEST_CASE("a directory lists its names sorted bytewise with their own types")
{
    const TempFolder temp;
    temp.file("b");
    temp.file("A");
    temp.file("\xc3\xa9");
    temp.folder("a");
    temp.link("z", "a");
    const auto tree = fs::Tree::open();
    const auto entries = tree->list(temp.path());
    REQUIRE(entries);
    CHECK(*entries == std::vector<fs::Entry>{{"A", fs::FileType::regular},
                                             {"a", fs::FileType::directory},
                                             {"b", fs::FileType::regular},
                                             {"z", fs::FileType::link},
                                             {"\xc3\xa9", fs::FileType::regular}});
}

TEST_CASE("a directory can be listed again and shows what was added")
{
    const TempFolder temp;
    const auto tree = fs::Tree::open();
    const auto directory = tree->directory(temp.path());
    REQUIRE(directory);
    CHECK(directory->list()->empty());
    temp.file("a");
    CHECK(directory->list()->size() == 1);
}

TEST_CASE("a directory of more names than the limit is refused")
{
    const TempFolder temp;
    for (int i = 0; i < 5; ++i)
        temp.file(std::to_string(i));
    const auto tree = fs::Tree::open();
    CHECK(tree->list(temp.path(), 5)->size() == 5);
    CHECK(tree->list(temp.path(), 4).error().code == ErrorCode::too_large);
}

TEST_CASE("names below a directory may have several components but never lead out as written")
{
    const TempFolder temp;
    temp.file("top", "no");
    temp.file("sp/x-1.dist-info/METADATA", "Name: x");
    const auto tree = fs::Tree::open();
    const auto site = tree->directory(temp / "sp");
    REQUIRE(site);
    CHECK(site->path() == temp / "sp");
    CHECK(site->read("x-1.dist-info/METADATA", 100) == "Name: x");
    CHECK(site->exists("x-1.dist-info"));
    CHECK(site->stat("x-1.dist-info")->is_directory());
    for (const auto& bad : {"../top"s, "x-1.dist-info/../../top"s, ".."s, "/etc/passwd"s, ""s,
                            "x-1.dist-info/METADATA\0"s}) {
        CHECK(site->read(bad, 100).error().code == ErrorCode::malformed);
        CHECK(site->stat(bad).error().code == ErrorCode::malformed);
        CHECK(site->directory(bad).error().code == ErrorCode::malformed);
    }
}

TEST_CASE("a directory that was moved away is still read where it is now")
{
    const TempFolder temp;
    temp.file("sp/f", "old");
    const auto tree = fs::Tree::open();
    const auto site = tree->directory(temp / "sp");
    std::filesystem::rename(temp / "sp", temp / "moved");
    temp.file("sp/f", "new");
    CHECK(site->read("f", 10) == "old");
}

TEST_CASE("a link is read through a directory, wherever it leads")
{
    const TempFolder temp;
    temp.file("elsewhere/f", "text");
    temp.link("sp/rel", "../elsewhere/f");
    temp.link("sp/abs", temp / "elsewhere/f");
    temp.link("sp/folder", "../elsewhere");
    const auto tree = fs::Tree::open();
    const auto site = tree->directory(temp / "sp");
    CHECK(site->read("rel", 10) == "text");
    CHECK(site->read("abs", 10) == "text");
    CHECK(site->read("folder/f", 10) == "text");
    CHECK(site->lstat("rel")->is_link());
    CHECK(site->read_link("rel") == "../elsewhere/f");
    CHECK(site->directory("folder")->read("f", 10) == "text");
    CHECK_FALSE(site->enter("folder"));
}
