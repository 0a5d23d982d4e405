#pragma once

#include "base/result.hpp"
#include "capture/file_mark.hpp"
#include "fs/tree.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace envfix::capture {

/// A tree that keeps what was looked at, so that one can tell later whether it is still the same.
class Looked {
public:
    /// The tree outlives this.
    explicit Looked(const fs::Tree& tree) : m_tree(&tree) {}

    [[nodiscard]] const fs::Tree& tree() const { return *m_tree; }

    Result<std::vector<fs::Entry>> list(const std::string& path, std::size_t limit);
    Result<std::string> read(const std::string& path, std::size_t cap);

    /// In the order in which they were looked at; each once, what is absent included.
    [[nodiscard]] const std::vector<std::string>& paths() const { return m_paths; }

private:
    void note(const std::string& path);

    const fs::Tree* m_tree;
    std::vector<std::string> m_paths;
};

/// Nothing where there is no such file.
using Mark = std::optional<FileMark>;

Mark mark_of(const fs::Tree& tree, const std::string& path);
std::vector<Mark> marks_of(const fs::Tree& tree, const std::vector<std::string>& paths);

/// FileMark::is_recent of any of them.
bool is_recent(const std::vector<Mark>& marks, std::int64_t now_ns);

} // namespace envfix::capture
