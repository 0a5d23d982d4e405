#pragma once

#include "fs/write_tree.hpp"

#include <string>
#include <vector>

/// What the store found damaged: moved aside, and told once. Inside of this module only.
namespace envfix::remedy {

class StoreDamage {
public:
    /// `root` outlives this.
    explicit StoreDamage(const fs::WriteTree& root) : m_root(root) {}

    /// Moves what lies at `path` to `damaged/<number>-<name>`, of which the last eight are kept, and notes `what` as a sentence.
    void set_aside(const std::string& path, std::string what);

    /// Notes a damage of which nothing is left to be moved.
    void note(std::string what);

    /// What was noted since the last call, a line each: a hundred at most.
    std::vector<std::string> take();

private:
    [[nodiscard]] unsigned next_number() const;

    const fs::WriteTree& m_root;
    std::vector<std::string> m_lines;
    std::size_t m_unsaid = 0;
};

} // namespace envfix::remedy
