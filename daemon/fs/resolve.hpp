#pragma once

#include "base/unique_fd.hpp"

#include <cstdint>
#include <string>

/// How a path becomes a file descriptor. Inside of this module only.
namespace envfix::fs {

enum class Links : std::uint8_t {
    follow,          ///< 40 at most
    follow_but_last, ///< the last component is opened itself, or ELOOP without O_PATH
    refuse           ///< ELOOP for any link before the last component, the last as above
};

/// Where a path is resolved. Borrowed descriptors.
struct Start {
    int root = -1;                ///< directory that stands for "/"; -1: the system's root
    int dir = -1;                 ///< directory that a relative path begins at; -1: the root
    bool one_file_system = false; ///< EXDEV where the path crosses a mount (Links::refuse only)
};

/// Opens a path with the flags of open(2); O_CLOEXEC, O_NOCTTY and O_NONBLOCK are added. Absolute
/// links and ".." stay inside `start.root`; links of /proc that jump are not followed. With a root
/// of its own and Links::follow, `start.dir` must be -1: the caller gives the whole path.
/// An empty descriptor and errno on failure.
UniqueFd open_path(const Start& start, const std::string& path, int flags, Links links);

/// The same for kernels and sandboxes without openat2: one openat for each component.
/// `real`, where given, takes the path that was reached, without any link, absolute in the root.
UniqueFd open_by_steps(const Start& start, const std::string& path, int flags, Links links,
                       std::string* real = nullptr);

} // namespace envfix::fs
