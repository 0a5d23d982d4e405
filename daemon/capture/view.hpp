#pragma once

#include "base/result.hpp"
#include "fs/tree.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace envfix::capture {

/// A tree as a process sees it whose current directory is `cwd`: relative paths count from there.
class View {
public:
    /// The tree outlives the view.
    View(const fs::Tree& tree, std::string cwd) : m_tree(&tree), m_cwd(std::move(cwd)) {}

    [[nodiscard]] const std::string& cwd() const { return m_cwd; }

    [[nodiscard]] const fs::Tree& tree() const { return *m_tree; }

    [[nodiscard]] bool is_file(const std::string& path) const;
    [[nodiscard]] bool is_executable(const std::string& path) const;
    [[nodiscard]] bool is_directory(const std::string& path) const;
    [[nodiscard]] bool exists(const std::string& path) const;
    /// Where a link leads, as written in it.
    [[nodiscard]] std::optional<std::string> link(const std::string& path) const;
    [[nodiscard]] std::optional<std::string> real_path(const std::string& path) const;
    [[nodiscard]] Result<std::string> read(const std::string& path, std::size_t cap) const;

private:
    [[nodiscard]] std::string from_root(const std::string& path) const;

    const fs::Tree* m_tree;
    std::string m_cwd;
};

} // namespace envfix::capture
