#include "fs/file.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace envfix::fs {

namespace {

constexpr std::size_t k_chunk = 64UL * 1024;

Error too_large(const std::string& path, std::size_t cap)
{
    return {.code = ErrorCode::too_large,
            .message = "reading " + path + ": more than " + std::to_string(cap) + " bytes"};
}

} // namespace

Result<std::string> File::read_at(std::uint64_t offset, std::size_t size) const
{
    std::string bytes;
    if (offset > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max())) return bytes;
    // No larger than what is there: a length that was read out of a hostile file costs nothing.
    const std::uint64_t left = m_status.size > offset ? m_status.size - offset : 0;
    bytes.resize(static_cast<std::size_t>(std::min<std::uint64_t>(size, left)));
    std::size_t done = 0;
    while (done < bytes.size()) {
        const auto n = ::pread(m_fd.get(), bytes.data() + done, bytes.size() - done,
                               static_cast<off_t>(offset + done));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(errno_error("reading " + m_path));
        if (n == 0) break;
        done += static_cast<std::size_t>(n);
    }
    bytes.resize(done);
    return bytes;
}

Result<std::string> File::read_all(std::size_t cap) const
{
    if (m_status.size > cap) return fail(too_large(m_path, cap));
    // One byte more than the file has: a read that comes back short has seen its end. Files of
    // /proc say that they have none at all.
    std::string bytes(m_status.size == 0 ? 4096 : static_cast<std::size_t>(m_status.size) + 1,
                      '\0');
    std::size_t done = 0;
    for (;;) {
        if (done == bytes.size()) bytes.resize(done + k_chunk);
        const auto n =
            ::pread(m_fd.get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(errno_error("reading " + m_path));
        done += static_cast<std::size_t>(n);
        if (done > cap) return fail(too_large(m_path, cap));
        if (n == 0 || (m_status.size != 0 && done == m_status.size)) break;
    }
    bytes.resize(done);
    return bytes;
}

Result<std::string> read_stream(int descriptor, const std::string& name, std::size_t cap)
{
    std::string bytes;
    std::size_t done = 0;
    for (;;) {
        if (done == bytes.size()) bytes.resize(done + k_chunk);
        const auto n = ::read(descriptor, bytes.data() + done, bytes.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) {
            pollfd ready{.fd = descriptor, .events = POLLIN, .revents = 0};
            ::poll(&ready, 1, -1);
            continue;
        }
        if (n < 0) return fail(errno_error("reading " + name));
        if (n == 0) break;
        done += static_cast<std::size_t>(n);
        if (done > cap) return fail(too_large(name, cap));
    }
    bytes.resize(done);
    return bytes;
}

} // namespace envfix::fs
