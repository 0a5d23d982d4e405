#include "app/known_hashes.hpp"

#include "fs/write_tree.hpp"

#include <utility>

namespace envfix::app {

namespace {
constexpr const char* k_name = "hashes";
constexpr std::size_t k_cap = 2UL * 1024 * 1024;
constexpr std::uint32_t k_mode = 0600;
} // namespace

KnownHashes::KnownHashes(const fs::Tree& tree, std::string folder) : m_folder(std::move(folder))
{
    const auto text = tree.read(m_folder + "/" + k_name, k_cap);
    if (text) m_cache = capture::HashCache::load(*text);
}

void KnownHashes::save() const
{
    if (!m_cache.is_changed() || !fs::make_private_directories(m_folder)) return;
    const auto folder = fs::WriteTree::open(m_folder);
    if (!folder) return;
    // Nothing depends on it: a cache that could not be written is learnt again.
    if (const auto written = folder->atomic_replace(k_name, m_cache.save(), k_mode); !written) return;
}

} // namespace envfix::app
