#pragma once

#include "base/result.hpp"
#include "capture/file_mark.hpp"
#include "fs/tree.hpp"
#include "model/interpreter.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::capture {

/// Interpreters that were described before. A description holds as long as the files and folders that it was read from have
/// the same marks; one from files that changed only just now is not kept. Only for one Tree.
class KnownInterpreters {
public:
    /// Takes what `save` gave a process of the same `program`; anything else gives none. `program`: the mark of the executable
    /// that runs, since another one may describe otherwise.
    static KnownInterpreters load(std::string_view bytes, const FileMark& program);

    /// As bytes, at most 64 of them.
    [[nodiscard]] std::string save(const FileMark& program) const;

    /// Whether something was learnt since it was loaded.
    [[nodiscard]] bool is_changed() const { return m_changed; }

    /// As describe_interpreter(). `now_ns`: wall clock.
    Result<model::Interpreter> describe(const fs::Tree& tree, const std::string& executable, std::int64_t now_ns);

private:
    /// Nothing where there was no such file.
    using Mark = std::optional<FileMark>;

    struct Known {
        model::Interpreter interpreter;
        std::vector<Mark> marks;
    };

    static std::vector<Mark> marks_of(const fs::Tree& tree, const model::Interpreter& interpreter);
    static bool is_recent(const std::vector<Mark>& marks, std::int64_t now_ns);

    std::map<std::string, Known> m_known; ///< by executable
    bool m_changed = false;
};

} // namespace envfix::capture
