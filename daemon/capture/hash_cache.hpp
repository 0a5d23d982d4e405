#pragma once

#include "fs/tree.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace envfix::capture {

/// SHA-256 of files that were read before, by what tells that a file is the same: device, inode, size, mtime, ctime.
/// Nobody but root can set a ctime back, so a match means unchanged content. A file that changed within the last two
/// seconds is not kept: it could change once more without its times showing it.
class HashCache {
public:
    /// Takes what `save` gave; damaged text gives an empty cache.
    static HashCache load(std::string_view text);

    /// As text, at most 4,096 entries.
    [[nodiscard]] std::string save() const;

    [[nodiscard]] std::optional<std::string> find(const fs::Status& status) const;
    void keep(const fs::Status& status, const std::string& sha256, std::int64_t now_ns);

    /// Whether `save` would give something else than was loaded.
    [[nodiscard]] bool is_changed() const { return m_changed; }

private:
    using Key = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::int64_t, std::int64_t>;
    static Key key_of(const fs::Status& status);

    std::map<Key, std::string> m_hashes;
    bool m_changed = false;
};

} // namespace envfix::capture
