#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

/// How much a caller may send (THREATS.md B6), and what an argument has to look like before the port sees it.
namespace envfix::bus {

inline constexpr std::size_t k_longest_text = 4096;
inline constexpr std::size_t k_longest_list = 256;
inline constexpr std::size_t k_most_packages = 64;
inline constexpr std::size_t k_longest_variable = 64 * 1024;
inline constexpr std::size_t k_longest_policy = 256 * 1024;
inline constexpr std::size_t k_longest_traceback = 4 * 1024 * 1024;

/// A name, id or digest: not empty, at most 4 KiB. `what` names it in the error.
Result<std::string> short_text(const std::string& text, std::string_view what);

/// ENV: an id or prefix of one, or an absolute path without "..".
Result<std::string> environment_named(const std::string& env);

/// The same, or empty: all.
Result<std::string> environment_or_all(const std::string& env);

/// Between 1 and 256 absolute paths without "..".
Result<void> absolute_paths(const std::vector<std::string>& paths);

/// Between 1 and 64 packages of the system. What a name has to look like is for the port to say.
Result<void> packages_listed(std::size_t count);

/// An absolute path or nothing, and lists of folders as in PATH, each 64 KiB at most: what is no absolute path in them is
/// passed over by whoever reads them.
Result<void> program_and_lists(const std::string& program, std::initializer_list<std::string_view> lists);

} // namespace envfix::bus
