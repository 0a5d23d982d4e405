#pragma once

#include "capture/memory.hpp"
#include "fs/tree.hpp"
#include "model/snapshot.hpp"

#include <string>

namespace envfix::capture {

/// What the headers of a compiled file say. Nothing is loaded, at most 1 MiB is read. A file that cannot be
/// read gives Format::unreadable.
model::BinaryFile read_binary(const fs::Tree& tree, const std::string& path, const Recall& recall = {});

/// The version that a compiled module states in its read-only data: the text of the form N.N[.N…] that stands there
/// alone between NULs, `expected` first if it is among them; empty where none or several stand there.
std::string version_in_binary(const fs::Tree& tree, const std::string& path, const std::string& expected,
                              const Recall& recall = {});

} // namespace envfix::capture
