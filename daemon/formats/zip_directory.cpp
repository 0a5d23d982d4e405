#include "formats/zip_directory.hpp"

#include <algorithm>

namespace envfix::formats {

namespace {

constexpr std::size_t k_end_size = 22;
constexpr std::size_t k_member_size = 46;
constexpr std::size_t k_most_members = 100'000;

std::uint32_t number(std::string_view bytes, std::size_t at, std::size_t width)
{
    std::uint32_t value = 0;
    for (std::size_t i = width; i-- > 0;)
        value = (value << 8U) | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

} // namespace

Result<ZipEnd> find_zip_end(std::string_view tail, std::uint64_t file_size)
{
    const auto at = tail.rfind("PK\x05\x06");
    if (at == tail.npos || tail.size() - at < k_end_size || file_size < tail.size()) {
        return fail(ErrorCode::malformed, "no end of a zip archive");
    }
    const std::uint64_t end = file_size - (tail.size() - at);
    ZipEnd found{.size = number(tail, at + 12, 4), .count = number(tail, at + 10, 2)};
    // What stands before the archive moves everything: the list ends where the record begins.
    if (found.size > end)
        return fail(ErrorCode::malformed, "a zip archive whose list begins before it");
    found.offset = end - found.size;
    return found;
}

Result<std::vector<ZipMember>> parse_zip_members(std::string_view list, std::size_t count)
{
    if (count > k_most_members)
        return fail(ErrorCode::too_large, "a zip archive with too many names");
    std::vector<ZipMember> members;
    for (std::size_t i = 0; i < count; ++i) {
        if (list.size() < k_member_size || !list.starts_with("PK\x01\x02")) {
            return fail(ErrorCode::malformed, "the list of a zip archive is cut");
        }
        const std::size_t name = number(list, 28, 2);
        const std::size_t whole = k_member_size + name + number(list, 30, 2) + number(list, 32, 2);
        if (list.size() < whole)
            return fail(ErrorCode::malformed, "the list of a zip archive is cut");
        members.push_back({.name = std::string(list.substr(k_member_size, name)),
                           .size = number(list, 24, 4),
                           .stored = number(list, 10, 2) == 0,
                           .header = number(list, 42, 4)});
        list.remove_prefix(whole);
    }
    return members;
}

} // namespace envfix::formats
