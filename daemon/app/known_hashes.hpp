#pragma once

#include "capture/hash_cache.hpp"
#include "fs/tree.hpp"

#include <string>

namespace envfix::app {

/// The cache of file hashes, kept in a file of ours between runs. Losing it costs only time: what cannot be read or
/// written is passed over in silence.
class KnownHashes {
public:
    /// Reads `<folder>/hashes`.
    KnownHashes(const fs::Tree& tree, std::string folder);

    [[nodiscard]] capture::HashCache& cache() { return m_cache; }

    /// Writes the file anew if anything was learnt.
    void save() const;

private:
    std::string m_folder;
    capture::HashCache m_cache;
};

} // namespace envfix::app
