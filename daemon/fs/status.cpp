#include "fs/status.hpp"

#include <sys/stat.h>

namespace envfix::fs {

namespace {

FileType type_of(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG: return FileType::regular;
    case S_IFDIR: return FileType::directory;
    case S_IFLNK: return FileType::link;
    case S_IFIFO: return FileType::fifo;
    case S_IFSOCK: return FileType::socket;
    case S_IFCHR:
    case S_IFBLK: return FileType::device;
    default: return FileType::unknown;
    }
}

std::int64_t nanoseconds(const timespec& time)
{
    // A file may carry any second that fits 64 bits; what would overflow is cut, not undefined.
    constexpr std::int64_t k_most = 9'000'000'000;
    const std::int64_t seconds =
        time.tv_sec > k_most ? k_most : (time.tv_sec < -k_most ? -k_most : time.tv_sec);
    return seconds * 1'000'000'000 + time.tv_nsec;
}

} // namespace

Status to_status(const struct ::stat& from)
{
    return {.type = type_of(from.st_mode),
            .size = from.st_size < 0 ? 0 : static_cast<std::uint64_t>(from.st_size),
            .mode = from.st_mode,
            .uid = from.st_uid,
            .gid = from.st_gid,
            .device = from.st_dev,
            .inode = from.st_ino,
            .links = from.st_nlink,
            .mtime_ns = nanoseconds(from.st_mtim),
            .ctime_ns = nanoseconds(from.st_ctim)};
}

} // namespace envfix::fs
