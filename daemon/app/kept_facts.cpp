#include "app/kept_facts.hpp"

#include "fs/write_tree.hpp"

namespace envfix::app {

namespace {
constexpr std::size_t k_cap = 2UL * 1024 * 1024;
constexpr std::uint32_t k_mode = 0600;
} // namespace

capture::FileMark own_mark(const fs::Tree& tree)
{
    const auto program = tree.stat("/proc/self/exe");
    return program ? capture::FileMark::of(*program) : capture::FileMark{};
}

std::string read_kept(const fs::Tree& tree, const std::string& folder, const std::string& name)
{
    if (folder.empty()) return {};
    const auto file = tree.open_file(folder + "/" + name);
    if (!file || file->status().uid != fs::Reader::of_process().uid) return {};
    return file->read_all(k_cap).value_or("");
}

void write_kept(const std::string& folder, const std::string& name, std::string_view bytes)
{
    if (folder.empty() || !fs::make_private_directories(folder)) return;
    const auto opened = fs::WriteTree::open(folder);
    if (!opened) return;
    if (const auto written = opened->atomic_replace(name, bytes, k_mode); !written) return;
}

} // namespace envfix::app
