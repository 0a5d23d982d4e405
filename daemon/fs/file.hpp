#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "fs/status.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace envfix::fs {

/// An open regular file. It is read, never mapped: somebody may cut it meanwhile.
class File {
public:
    /// `path` is only for messages.
    File(UniqueFd fd, const Status& status, std::string path)
        : m_fd(std::move(fd)), m_status(status), m_path(std::move(path))
    {
    }

    /// As it was when the file was opened.
    [[nodiscard]] const Status& status() const { return m_status; }

    [[nodiscard]] const std::string& path() const { return m_path; }

    [[nodiscard]] int descriptor() const { return m_fd.get(); }

    /// Up to `size` bytes from `offset`; fewer where the file ends before.
    [[nodiscard]] Result<std::string> read_at(std::uint64_t offset, std::size_t size) const;

    /// All of it. ErrorCode::too_large above `cap` bytes, also where it grows while it is read.
    [[nodiscard]] Result<std::string> read_all(std::size_t cap) const;

private:
    UniqueFd m_fd;
    Status m_status;
    std::string m_path;
};

/// All that comes from a descriptor that belongs to the caller, such as standard input; waits for
/// the other side. `name` is for messages. ErrorCode::too_large above `cap` bytes.
Result<std::string> read_stream(int descriptor, const std::string& name, std::size_t cap);

} // namespace envfix::fs
