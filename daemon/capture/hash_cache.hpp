#pragma once

#include "capture/file_mark.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace envfix::capture {

/// SHA-256 of files that were read before, by their marks. A file that changed only just now is not kept.
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
    std::map<FileMark, std::string> m_hashes;
    bool m_changed = false;
};

} // namespace envfix::capture
