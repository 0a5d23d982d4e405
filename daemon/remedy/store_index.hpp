#pragma once

#include "fs/write_tree.hpp"
#include "remedy/store.hpp"
#include "remedy/store_damage.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// Which distributions the store knows: `index/<name>/<digest>`, one small file each. Inside of
/// this module only.
namespace envfix::remedy {

struct IndexEntry {
    std::string path; ///< relative to the store
    std::int64_t used_ns = 0;
    KeptDistribution kept;
};

class StoreIndex {
public:
    /// Both outlive this.
    StoreIndex(const fs::WriteTree& root, StoreDamage& damage) : m_root(root), m_damage(damage) {}

    /// Where the state of a distribution in this place and interpreter is written.
    static std::string path_of(const KeptDistribution& kept);

    Result<void> put(const KeptDistribution& kept, std::int64_t now_s) const;
    [[nodiscard]] Result<KeptDistribution> get(const std::string& path) const;
    /// Of one name, last used first. Damaged ones are left out.
    [[nodiscard]] std::vector<IndexEntry> entries(const std::string& name) const;
    /// All, last used first. Damaged ones are set aside.
    [[nodiscard]] std::vector<IndexEntry> all();
    /// What lies in the place of its folder, and is none, is set aside.
    void make_room();
    void touch(const std::string& path, std::int64_t now_s) const;
    void remove(const std::string& path) const;

private:
    const fs::WriteTree& m_root;
    StoreDamage& m_damage;
};

} // namespace envfix::remedy
