#pragma once

#include "formats/ld_so_cache.hpp"
#include "formats/library_search.hpp"
#include "fs/tree.hpp"
#include "model/interpreter.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace envfix::capture {

/// The paths that a verdict depends on: as long as what lies there is the same, it holds.
using Trail = std::set<std::string>;

/// The program whose loader it is.
struct LoadingProgram {
    std::string loader; ///< PT_INTERP: "/lib64/ld-linux-x86-64.so.2"
    model::Libc libc = model::Libc::unknown;
    std::uint16_t machine = 0;
    bool is_64_bit = true;
    bool little_endian = true;
    std::vector<std::string> library_path; ///< LD_LIBRARY_PATH
};

/// What became of the search for a library.
struct FoundLibrary {
    enum class Verdict : std::uint8_t {
        taken,
        missing,
        unusable, ///< the loader would take it, and fail: it is no library
        unknown   ///< it is there and may not be read, or too much was looked at already
    };
    Verdict verdict = Verdict::missing;
    std::string path;               ///< as the loader would open it
    std::optional<fs::File> file;   ///< of one that is taken
    bool is_system = false;         ///< it came from the cache or a default folder
    std::vector<std::string> searched;
};

/// Looks for libraries as the dynamic loader does: nothing is loaded. What it needs to know of the system, it reads when it
/// is first asked for something.
class LibraryFinder {
public:
    LibraryFinder(const fs::Tree& tree, LoadingProgram program);

    /// For `files[asking]`. All that the answer depends on is added to `trail`.
    FoundLibrary find(std::span<const formats::LoadedFile> files, std::size_t asking, const std::string& name, Trail& trail);

    /// From now on so much may be looked at as for one module: 5,000 files, found or not.
    void begin() { m_tries = 0; }

    [[nodiscard]] const LoadingProgram& program() const { return m_program; }

private:
    void read_setup();
    void read_musl_path();
    [[nodiscard]] const formats::LdSoCache* cache(Trail& trail);
    FoundLibrary candidate(const std::string& path, Trail& trail);
    bool try_folder(const std::string& folder, const std::string& name, FoundLibrary& found, Trail& trail);

    const fs::Tree& m_tree;
    LoadingProgram m_program;
    std::size_t m_tries = 0;
    bool m_is_set_up = false;
    formats::LoaderSetup m_setup;
    std::vector<std::string> m_hwcaps;
    std::optional<std::optional<formats::LdSoCache>> m_cache;
    std::map<std::string, bool> m_has_hwcaps; ///< folders with a glibc-hwcaps in them
};

/// The subfolders of glibc-hwcaps that the loader of this machine's processor looks into, best first.
std::vector<std::string> processor_levels();

} // namespace envfix::capture
