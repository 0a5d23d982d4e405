#include "app/known_hashes.hpp"

#include "app/kept_facts.hpp"

#include <utility>

namespace envfix::app {

namespace {
constexpr const char* k_name = "hashes";
} // namespace

KnownHashes::KnownHashes(const fs::Tree& tree, std::string folder) : m_folder(std::move(folder))
{
    const auto text = read_kept(tree, m_folder, k_name);
    if (!text.empty()) m_cache = capture::HashCache::load(text);
}

void KnownHashes::save() const
{
    if (m_cache.is_changed()) write_kept(m_folder, k_name, m_cache.save());
}

} // namespace envfix::app
