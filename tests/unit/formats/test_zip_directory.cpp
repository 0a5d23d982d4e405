#include "formats/zip_directory.hpp"
#include "support/catch.hpp"
using namespace envfix;
using namespace envfix::formats;

namespace {

std::string little(std::uint32_t value, std::size_t width)
{
    std::string bytes;
    for (std::size_t i = 0; i < width; ++i, value >>= 8U)
        bytes += static_cast<char>(value & 0xffU);
    return bytes;
}

std::string member(const std::string& name, std::uint32_t size, std::uint32_t method)
{
    return "PK\x01\x02" + std::string(6, '\0') + little(method, 2) + std::string(12, '\0') +
           little(size, 4) + little(static_cast<std::uint32_t>(name.size()), 2) +
           std::string(12, '\0') + little(7, 4) + name;
}

std::string end_of(std::size_t count, std::size_t list)
{
    return "PK\x05\x06" + std::string(6, '\0') + little(static_cast<std::uint32_t>(count), 2) +
           little(static_cast<std::uint32_t>(list), 4) + little(0, 4) + little(0, 2);
}

} // namespace

TEST_CASE("the members of an archive are listed, whatever stands before it")
{
    const auto list = member("jwt/__init__.py", 12, 8) + member("EGG-INFO/PKG-INFO", 40, 0);
    const auto file = "#!/usr/bin/python3\n" + list + end_of(2, list.size());
    const auto end = find_zip_end(file, file.size());
    REQUIRE(end);
    CHECK(*end == ZipEnd{.offset = 19, .size = list.size(), .count = 2});
    const auto members =
        parse_zip_members(std::string_view(file).substr(19, end->size), end->count);
    REQUIRE(members);
    CHECK(*members == std::vector<ZipMember>{
                          {.name = "jwt/__init__.py", .size = 12, .stored = false, .header = 7},
                          {.name = "EGG-INFO/PKG-INFO", .size = 40, .stored = true, .header = 7}});
}

TEST_CASE("an archive that is cut, or lies, is refused")
{
    CHECK_FALSE(find_zip_end("PK\x05\x06", 4));
    CHECK_FALSE(find_zip_end("", 0));
    const auto lying = end_of(1, 1000);
    CHECK_FALSE(find_zip_end(lying, lying.size()));
    CHECK_FALSE(parse_zip_members(member("a", 1, 0), 2));
    CHECK_FALSE(parse_zip_members(member("a", 1, 0).substr(0, 46), 1));
    CHECK(parse_zip_members("", 0)->empty());
    CHECK_FALSE(parse_zip_members("", 100'001));
}
