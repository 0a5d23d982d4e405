#include "fs/lock.hpp"

#include "fs/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>

namespace envfix::fs {

namespace {

/// Who holds a flock on this inode, from /proc/locks: "1: FLOCK  ADVISORY  WRITE 123 fe:01:456 0
/// EOF".
std::string holder(int fd)
{
    struct stat status {};

    const UniqueFd locks(::open("/proc/locks", O_RDONLY | O_CLOEXEC));
    if (!locks || ::fstat(fd, &status) != 0) return {};
    constexpr std::size_t k_cap = 1UL << 20U;
    const auto text = read_stream(locks.get(), "/proc/locks", k_cap);
    if (!text) return {};
    // The device is written differently by different kernels and file systems; the inode is enough
    // for a message.
    const auto inode = ":" + std::to_string(status.st_ino);
    std::istringstream lines(*text);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string number, kind, mode, access, pid, where;
        words >> number >> kind >> mode >> access >> pid >> where;
        if (kind == "FLOCK" && where.ends_with(inode)) return pid;
    }
    return {};
}

Result<void> take(int fd, const std::string& path)
{
    while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR) continue;
        if (errno != EWOULDBLOCK) return fail(errno_error("locking " + path));
        const auto pid = holder(fd);
        return fail(ErrorCode::busy,
                    path + " is locked" + (pid.empty() ? "" : " by process " + pid));
    }
    return {};
}

} // namespace

Result<FileLock> FileLock::directory(const std::string& path)
{
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return fail(errno_error("opening " + path));
    ENVFIX_CHECK(take(fd.get(), path));
    return FileLock(std::move(fd));
}

Result<FileLock> FileLock::file(const std::string& path)
{
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600));
    if (!fd) return fail(errno_error("opening " + path));

    struct stat status {};

    if (::fstat(fd.get(), &status) != 0) return fail(errno_error("looking at " + path));
    if (!S_ISREG(status.st_mode)) return fail(ErrorCode::malformed, path + " is no regular file");
    ENVFIX_CHECK(take(fd.get(), path));
    const auto text = std::to_string(::getpid()) + "\n";
    // Only for people to read: a full disk must not keep us from starting.
    if (::ftruncate(fd.get(), 0) == 0) [[maybe_unused]]
        const auto written = ::pwrite(fd.get(), text.data(), text.size(), 0);
    return FileLock(std::move(fd));
}

} // namespace envfix::fs
