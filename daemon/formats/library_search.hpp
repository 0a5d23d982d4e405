#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Where the dynamic loader looks for a library (ld.so(8), and musl's ldso/dynlink.c): which folders, in which order.
/// Pure: whether a file is there, the caller sees.
namespace envfix::formats {

/// A file in the process, as far as the search for what it needs goes.
struct LoadedFile {
    std::string folder;                 ///< $ORIGIN
    std::optional<std::string> rpath;   ///< DT_RPATH, as written
    std::optional<std::string> runpath; ///< DT_RUNPATH
    bool no_default_folders = false;    ///< DF_1_NODEFLIB
    std::optional<std::size_t> loader;  ///< number of the file that asked for it; nothing: the program itself

    bool operator==(const LoadedFile&) const = default;
};

/// What is the same for all searches in a process.
struct LoaderSetup {
    bool musl = false;
    std::string lib;                          ///< what $LIB stands for: "lib/x86_64-linux-gnu", "lib64"
    std::vector<std::string> platforms;       ///< what $PLATFORM may stand for
    std::vector<std::string> library_path;    ///< LD_LIBRARY_PATH
    std::vector<std::string> default_folders; ///< those compiled in, or musl's path file
};

/// One thing to try, in order. The first one that gives a file ends the search.
struct SearchStep {
    enum class Kind : std::uint8_t { folders, cache };
    Kind kind = Kind::folders;
    std::vector<std::string> folders;
    /// Folders whose files the cache must not give.
    std::vector<std::string> not_below;
    bool is_default = false; ///< the system's own places

    bool operator==(const SearchStep&) const = default;
};

/// How the library with a name that has no slash is looked for, on behalf of `files[asking]`. files[0] is the program. What
/// depends on the working directory is left out.
std::vector<SearchStep> library_search(std::span<const LoadedFile> files, std::size_t asking, const LoaderSetup& setup);

/// Fills in $ORIGIN, $LIB and $PLATFORM, with or without braces; one path for each platform that it may be. Nothing for
/// what would depend on the working directory.
std::vector<std::string> expand_tokens(std::string_view path, std::string_view origin, const LoaderSetup& setup);

/// The libraries of the C library itself, which every process has or may have: libc.so.6, libm.so.6, the loader.
bool is_c_library(std::string_view name, bool musl);

} // namespace envfix::formats
