#pragma once

#include "capture/file_mark.hpp"
#include "fs/tree.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace envfix::app {

/// The mark of the executable that runs; no mark where it cannot be told.
capture::FileMark own_mark(const fs::Tree& tree);

/// The bytes of `<folder>/<name>`; empty where there are none to be read, and where somebody else wrote them than who this
/// process runs as: what root believes, no user may have written.
std::string read_kept(const fs::Tree& tree, const std::string& folder, const std::string& name);

/// Writes them there; what fails is passed over, since losing them costs only time.
void write_kept(const std::string& folder, const std::string& name, std::string_view bytes);

/// Facts that a program that ends soon leaves in a file of ours for its next run: capture::KnownInterpreters and its like.
template <typename Facts> class KeptFacts {
public:
    /// Reads `<folder>/<name>`. `tree` is the system's.
    KeptFacts(const fs::Tree& tree, std::string folder, std::string name)
        : m_folder(std::move(folder)), m_name(std::move(name)), m_program(own_mark(tree)),
          m_facts(Facts::load(read_kept(tree, m_folder, m_name), m_program))
    {
    }

    [[nodiscard]] Facts& facts() { return m_facts; }

    /// Writes the file anew if anything was learnt.
    void save() const
    {
        if (m_facts.is_changed() && m_program != capture::FileMark{}) write_kept(m_folder, m_name, m_facts.save(m_program));
    }

private:
    std::string m_folder;
    std::string m_name;
    capture::FileMark m_program;
    Facts m_facts;
};

} // namespace envfix::app
