#pragma once

#include "capture/file_mark.hpp"
#include "fs/tree.hpp"
#include "model/snapshot.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace envfix::capture {

/// What the dynamic loader would say of compiled modules, with a memory: an answer holds as long as the files and folders that
/// it was drawn from are the same.
class KnownLibraries {
public:
    /// Takes what `save` gave a process of the same `program`; anything else gives nothing. `program`: the mark of the
    /// executable that runs, since another one may answer otherwise.
    static KnownLibraries load(std::string_view bytes, const FileMark& program);

    /// As bytes, at most 32 modules: those first that this process was asked for.
    [[nodiscard]] std::string save(const FileMark& program) const;

    /// Whether something was learnt since it was loaded.
    [[nodiscard]] bool is_changed() const { return m_changed; }

    /// Fills in BinaryFile::loader of every compiled module of the chain that the interpreter would load, one after the other.
    /// `library_path`: LD_LIBRARY_PATH as the programs have it. `now_ns`: wall clock.
    void look(const fs::Tree& tree, const std::vector<std::string>& library_path, model::Snapshot& snapshot,
              std::int64_t now_ns);

private:
    using Mark = std::optional<FileMark>; ///< nothing where there was no such file

    struct Known {
        std::vector<std::pair<std::string, Mark>> marks;
        std::vector<model::LoaderTrouble> troubles;
        bool is_used = false; ///< by this process
    };

    static Mark mark_of(const fs::Tree& tree, const std::string& path);
    static bool is_unchanged(const fs::Tree& tree, const Known& known);

    std::map<std::string, Known> m_known; ///< by interpreter, LD_LIBRARY_PATH and module
    bool m_changed = false;
};

/// The same for one module, without a memory. Nothing where the interpreter is not known.
std::vector<model::LoaderTrouble> library_troubles(const fs::Tree& tree, const model::Interpreter& interpreter,
                                                   const std::vector<std::string>& library_path, const std::string& module);

/// Whether a compiled module of the chain needs any library beside those of the C library: a change of the system's may
/// concern it.
bool needs_libraries(const model::Snapshot& snapshot);

} // namespace envfix::capture
