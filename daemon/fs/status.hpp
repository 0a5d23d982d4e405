#pragma once

#include <cstdint>
#include <string>

struct stat;

namespace envfix::fs {

enum class FileType : std::uint8_t { regular, directory, link, fifo, socket, device, unknown };

/// What fstat tells of a file.
struct Status {
    FileType type = FileType::unknown;
    std::uint64_t size = 0;
    std::uint32_t mode = 0; ///< st_mode
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t links = 0;
    std::int64_t mtime_ns = 0; ///< since the epoch
    std::int64_t ctime_ns = 0; ///< since the epoch

    [[nodiscard]] bool is_regular() const { return type == FileType::regular; }

    [[nodiscard]] bool is_directory() const { return type == FileType::directory; }

    [[nodiscard]] bool is_link() const { return type == FileType::link; }

    /// A regular file that somebody may execute, as CPython's start-up code asks.
    [[nodiscard]] bool is_executable() const { return is_regular() && (mode & 0111U) != 0; }

    bool operator==(const Status&) const = default;
};

Status to_status(const struct ::stat& from);

/// One name in a directory. The type is the entry's own: a link is not followed.
struct Entry {
    std::string name;
    FileType type = FileType::unknown;

    bool operator==(const Entry&) const = default;
};

} // namespace envfix::fs
