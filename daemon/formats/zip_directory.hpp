#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::formats {

/// Where an archive's list of names lies (PKWARE APPNOTE 4.3.16).
struct ZipEnd {
    std::uint64_t offset = 0; ///< of the list, from the file's beginning
    std::uint64_t size = 0;   ///< of the list, in bytes
    std::size_t count = 0;    ///< of its names

    bool operator==(const ZipEnd&) const = default;
};

/// Bytes at a file's end that hold the record, whatever comment follows it.
constexpr std::size_t k_zip_tail = 22 + 65535;

/// Finds the end record in the last k_zip_tail bytes of a file of `file_size` bytes, as zipimport
/// does: bytes before the archive are allowed for. Errors: malformed where there is none, or it
/// points outside of the file.
Result<ZipEnd> find_zip_end(std::string_view tail, std::uint64_t file_size);

/// One member of an archive.
struct ZipMember {
    std::string name;         ///< with `/`; a folder ends with one
    std::uint32_t size = 0;   ///< unpacked
    bool stored = false;      ///< not compressed
    std::uint64_t header = 0; ///< offset of its local header, from the archive's beginning

    bool operator==(const ZipMember&) const = default;
};

/// The members that a list of `count` names tells of (APPNOTE 4.3.12), in its order. Errors:
/// malformed where it is cut, too_large above 100,000 names.
Result<std::vector<ZipMember>> parse_zip_members(std::string_view list, std::size_t count);

} // namespace envfix::formats
