#pragma once

#include "base/result.hpp"
#include "fs/directory.hpp"
#include "fs/file.hpp"
#include "fs/resolve.hpp"
#include "fs/witness.hpp"

#include <string>

/// From a path to something that may be read. Inside of this module only.
namespace envfix::fs {

/// The failed system call as an error: what is no regular file, or a loop, is malformed.
Error open_error(const std::string& path, int err);

/// Opens what `path` leads to, if it is a regular file that `reader` reads. `shown` is for
/// messages, and absolute. `witness` may be null.
Result<File> open_regular(const Start& start, const std::string& path, const std::string& shown,
                          Reader reader, Witness* witness);

Result<Directory> open_directory(const Start& start, const std::string& path,
                                 const std::string& shown, Reader reader, Links links, Witness* witness);

} // namespace envfix::fs
