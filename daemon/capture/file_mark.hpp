#pragma once

#include "fs/bytes.hpp"
#include "fs/status.hpp"

#include <compare>
#include <cstdint>

namespace envfix::capture {

/// What tells that a file or folder is the same as it was: nobody but root can set a ctime back, so an equal mark means that
/// nothing has changed, on a file system of which Directory::has_honest_times() holds.
struct FileMark {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    std::int64_t mtime_ns = 0;
    std::int64_t ctime_ns = 0;

    static FileMark of(const fs::Status& status);

    /// Whether it changed within the two seconds before `now_ns` (wall clock), or after: what was read then is not kept, since
    /// it could change once more without its times showing it.
    [[nodiscard]] bool is_recent(std::int64_t now_ns) const;

    void put(fs::ByteWriter& out) const;
    static FileMark take(fs::ByteReader& in);

    auto operator<=>(const FileMark&) const = default;
};

} // namespace envfix::capture
