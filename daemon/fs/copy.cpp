#include "fs/copy.hpp"

#include "base/sha256.hpp"
#include "fs/fault.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace envfix::fs {

namespace {

constexpr std::size_t k_chunk = 256UL * 1024;

Result<void> write_at(int fd, std::string_view bytes, std::uint64_t offset, const std::string& name)
{
    while (!bytes.empty()) {
        const auto n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(errno_error("writing " + name));
        bytes.remove_prefix(static_cast<std::size_t>(n));
        offset += static_cast<std::uint64_t>(n);
    }
    return {};
}

/// Hands each piece of the file to `take`, in order, and hashes them all.
template <typename Take>
Result<Copied> read_through(int source, const std::string& name, std::uint64_t cap, const Take& take)
{
    Sha256 digest;
    Copied copied;
    std::string chunk(k_chunk, '\0');
    for (;;) {
        const auto n = ::pread(source, chunk.data(), chunk.size(), static_cast<off_t>(copied.size));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(errno_error("reading " + name));
        if (n == 0) break;
        const auto part = std::string_view(chunk).substr(0, static_cast<std::size_t>(n));
        if (copied.size + part.size() > cap)
            return fail(ErrorCode::too_large,
                        name + " has more than " + std::to_string(cap) + " bytes");
        digest.add(part);
        ENVFIX_CHECK(take(part, copied.size));
        copied.size += part.size();
    }
    copied.sha256 = digest.finish();
    return copied;
}

} // namespace

Result<Copied> copy_bytes(int from, int to, const std::string& name, std::uint64_t cap)
{
    ENVFIX_FAULT_POINT("fs.copy");
    // What is hashed is the copy where it is a clone: the source may change while we read.
    const bool cloned = ::ioctl(to, FICLONE, from) == 0;
    return read_through(cloned ? to : from, name, cap, [&](std::string_view part, std::uint64_t at) -> Result<void> {
        if (cloned) return {};
        return write_at(to, part, at, name);
    });
}

Result<Copied> digest_bytes(int from, const std::string& name, std::uint64_t cap)
{
    return read_through(from, name, cap, [](std::string_view, std::uint64_t) -> Result<void> { return {}; });
}

void begin_writing_out(int fd)
{
    ::sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

Result<void> set_mtime(int fd, std::int64_t mtime_ns)
{
    constexpr std::int64_t k_second = 1'000'000'000;
    timespec times[2]{};
    times[0].tv_nsec = UTIME_OMIT;
    times[1].tv_sec = mtime_ns / k_second - (mtime_ns % k_second < 0 ? 1 : 0);
    times[1].tv_nsec = (mtime_ns % k_second + k_second) % k_second;
    if (::futimens(fd, times) != 0) return fail(errno_error("setting a file's time"));
    return {};
}

} // namespace envfix::fs
