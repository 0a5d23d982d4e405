#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>

namespace envfix::fs {

struct Copied {
    std::string sha256; ///< of the bytes that arrived, 64 hexadecimal digits
    std::uint64_t size = 0;
};

/// Copies the bytes of one open file into another, new one (open for reading and writing): by
/// reference where the file system can, else byte for byte. `name` is for messages.
/// ErrorCode::too_large above `cap` bytes.
Result<Copied> copy_bytes(int from, int to, const std::string& name, std::uint64_t cap);

/// Reads an open file to its end, and tells what copy_bytes would.
Result<Copied> digest_bytes(int from, const std::string& name, std::uint64_t cap);

/// Has the system begin to write a file to the disk, so that whoever syncs it later waits less. Promises nothing.
void begin_writing_out(int fd);

/// Sets when a file was last written, nanoseconds since the epoch.
Result<void> set_mtime(int fd, std::int64_t mtime_ns);

} // namespace envfix::fs
