#pragma once

#include "fs/write_tree.hpp"
#include "remedy/store.hpp"

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
    /// `root` outlives this.
    explicit StoreIndex(const fs::WriteTree& root) : m_root(root) {}

    /// Where the state of a distribution in this place and interpreter is written.
    static std::string path_of(const KeptDistribution& kept);

    Result<void> put(const KeptDistribution& kept, std::int64_t now_s) const;
    [[nodiscard]] Result<KeptDistribution> get(const std::string& path) const;
    /// Of one name, last used first. Damaged ones are left out.
    [[nodiscard]] std::vector<IndexEntry> entries(const std::string& name) const;
    /// All, last used first. Damaged ones are removed.
    [[nodiscard]] std::vector<IndexEntry> all() const;
    void touch(const std::string& path, std::int64_t now_s) const;
    void remove(const std::string& path) const;

private:
    const fs::WriteTree& m_root;
};

} // namespace envfix::remedy
