#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace envfix::cli {

/// A path as the daemon takes it: absolute, without "." and "..", no link followed (a venv's python is one).
std::string absolute_path(std::string_view path, std::string_view working_directory);

/// An environment as the daemon takes it: an id as it is, anything else as an absolute path. `exists`: whether something of
/// that name lies in the working directory, which then is what was meant.
std::string environment_operand(std::string_view operand, std::string_view working_directory, bool exists);

/// Whether nothing at all lies there; a link that leads nowhere is something, and so is what may not be looked at.
bool is_missing(const std::string& path);

/// The folder that the person is in. Errors: it is gone.
Result<std::string> working_directory();

/// The bytes of a file, or of standard input where `path` is "-"; at most `limit` of them.
Result<std::string> read_input(const std::string& path, std::size_t limit);

} // namespace envfix::cli
