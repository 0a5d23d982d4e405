#include "fs/mount.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

namespace envfix::fs {

Result<std::uint64_t> mount_id(int fd)
{
    struct statx status {};

    if (::statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) != 0)
        return fail(errno_error("asking for a mount"));
    if ((status.stx_mask & STATX_MNT_ID) != 0) return status.stx_mnt_id;
    return (std::uint64_t{status.stx_dev_major} << 32U) | status.stx_dev_minor;
}

Result<std::uint64_t> free_bytes(int fd)
{
    struct statvfs status {};

    if (::fstatvfs(fd, &status) != 0) return fail(errno_error("asking for free space"));
    return std::uint64_t{status.f_bavail} * status.f_frsize;
}

Result<bool> forbids_execution(int fd)
{
    struct statvfs status {};

    if (::fstatvfs(fd, &status) != 0) return fail(errno_error("asking how a file system is mounted"));
    return (status.f_flag & ST_NOEXEC) != 0;
}

} // namespace envfix::fs
