#pragma once

#include "base/result.hpp"

#include <cstdint>

namespace envfix::fs {

/// The mount that an open file lies on (statx, stx_mnt_id; the device's number on kernels before
/// 5.8). Two paths can be renamed into each other only where it is the same.
Result<std::uint64_t> mount_id(int fd);

/// Bytes that an ordinary user may still write to the file system of an open file.
Result<std::uint64_t> free_bytes(int fd);

/// Whether the mount of an open file forbids to execute what lies on it (ST_NOEXEC): mmap(2) then refuses PROT_EXEC, and a
/// compiled module cannot be loaded.
Result<bool> forbids_execution(int fd);

} // namespace envfix::fs
