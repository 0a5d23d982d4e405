#pragma once

#include "fs/directory.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::fs {

/// Where a walk stops (THREATS.md F4).
struct WalkLimits {
    std::size_t depth = 32; ///< directories below the one that the walk begins in
    std::size_t entries = k_most_entries;
    std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
};

/// What a walk does with a directory that it met. Of other entries only `stop` counts.
enum class Visit : unsigned char { enter, skip, stop };

struct WalkEntry {
    const Directory& directory; ///< that holds it
    std::string_view name;      ///< in that directory
    std::string relative;       ///< from the directory in which the walk began: "a/b"
    FileType type = FileType::unknown;
    std::size_t depth = 0; ///< 0: directly in the directory in which the walk began
};

struct WalkEnd {
    bool complete = true; ///< false: a limit was met, or the visitor stopped
    std::string why;      ///< which limit; empty: none
    std::size_t entries = 0;
    std::vector<Error> unreadable; ///< directories that could not be entered or listed; 100 at most
};

/// Visits everything below `top`, each directory's names sorted bytewise, a directory before what
/// is in it. No link is followed and no other file system entered. One directory is open at a time
/// besides `top`. Never fails: what could not be read is told at the end.
WalkEnd walk(const Directory& top, const WalkLimits& limits,
             const std::function<Visit(const WalkEntry&)>& visit);

} // namespace envfix::fs
