#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"

#include <string>

namespace envfix::fs {

/// A lock that lives as long as the object, and no longer than the process (flock). It is ours
/// alone: no other program asks for it.
class FileLock {
public:
    /// Locks a folder itself; nothing is created in it. ErrorCode::busy names the process that has
    /// it, where the kernel tells.
    static Result<FileLock> directory(const std::string& path);

    /// Locks a file, made if need be (0600), and writes our process id into it.
    static Result<FileLock> file(const std::string& path);

private:
    explicit FileLock(UniqueFd fd) : m_fd(std::move(fd)) {}

    UniqueFd m_fd;
};

} // namespace envfix::fs
