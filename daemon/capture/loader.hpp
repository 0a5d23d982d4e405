#pragma once

#include "capture/library_finder.hpp"
#include "formats/elf.hpp"
#include "formats/elf_exports.hpp"
#include "model/snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace envfix::capture {

/// What the dynamic loader would say if the interpreter loaded compiled modules, each in a process of its own. Follows glibc's
/// elf/dl-load.c, dl-deps.c and dl-version.c, and musl's ldso/dynlink.c. Reads files; loads and runs nothing. What cannot be
/// read is taken for good.
class Loader {
public:
    /// Fails where the interpreter is no ELF file that loads libraries.
    static Result<Loader> open(const fs::Tree& tree, const model::Interpreter& interpreter,
                               std::vector<std::string> library_path);

    /// What it would refuse of `module`, at most 16. A library that is missing comes before the versions of others, and
    /// these before symbols: what follows from a missing library is not told.
    std::vector<model::LoaderTrouble> load(const std::string& module);

    /// The paths that the last answer depends on.
    [[nodiscard]] Trail trail() const;

private:
    /// A library or program in the process.
    struct Object {
        std::string path;
        std::vector<std::string> names; ///< under which it was asked for
        formats::ElfFile elf;
        std::pair<std::uint64_t, std::uint64_t> identity; ///< device, inode
        bool is_system = false;
        std::optional<formats::ElfExports> exports;
    };

    Loader(const fs::Tree& tree, LibraryFinder finder, const model::Interpreter& interpreter);

    [[nodiscard]] bool is_musl() const;
    std::optional<std::size_t> add(const fs::File& file, std::optional<std::size_t> loader, bool is_system);
    std::optional<std::size_t> add_library(std::size_t asking, const std::string& name, Trail& trail);
    [[nodiscard]] std::optional<std::size_t> loaded(const std::string& name) const;
    [[nodiscard]] bool is_taken_for_granted(const std::string& name, const formats::ElfFile& by) const;
    [[nodiscard]] bool is_old_enough(const formats::VersionNeed& need) const;
    void complete_interpreter();
    /// False: it takes the whole interpreter to tell.
    bool try_load(const fs::File& file);
    bool add_needed(std::size_t first);
    bool check_versions(std::size_t object);
    bool check_symbols(std::size_t object);
    [[nodiscard]] const formats::ElfExports* exports_of(std::size_t object);
    [[nodiscard]] bool is_offered(const std::string& symbol);
    void report(model::LoaderTrouble trouble);
    void forget_module();

    const fs::Tree* m_tree;
    LibraryFinder m_finder;
    std::string m_libc_version;
    std::vector<Object> m_objects;                ///< [0] is the program
    std::vector<formats::LoadedFile> m_files;     ///< the same, as the search sees them
    std::size_t m_interpreter = 0;                ///< so many of them are there before any module
    std::size_t m_caller = 0;                     ///< the one that calls dlopen: the program, or its libpython
    bool m_is_interpreter_complete = false;
    bool m_has_unknown = false;                   ///< something that the module needs could not be read
    Trail m_interpreter_trail;
    Trail m_trail;
    std::vector<model::LoaderTrouble> m_troubles;
};

} // namespace envfix::capture
