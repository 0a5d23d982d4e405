#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::formats {

/// /etc/ld.so.cache as ldconfig of glibc 2.2 and later writes it ("glibc-ld.so.cache1.1"), alone or behind the older
/// table. Little-endian only. Every number in it is checked before it is followed.
class LdSoCache {
public:
    /// ErrorCode::malformed for anything else, or where the tables do not lie inside the file.
    static Result<LdSoCache> parse(std::string bytes);

    /// Where the loader of that machine (e_machine, word size) would take `name` from: the entry of the best of
    /// `hwcaps` ("x86-64-v3", best first), else the plain one. Nothing where the cache has none; the file may be gone.
    [[nodiscard]] std::optional<std::string> find(std::string_view name, std::uint16_t machine, bool is_64_bit,
                                                  std::span<const std::string> hwcaps) const;

    /// The number of entries.
    [[nodiscard]] std::size_t size() const { return m_count; }

private:
    [[nodiscard]] std::uint32_t number(std::size_t at) const;
    [[nodiscard]] std::string_view text(std::size_t at) const;
    void read_hwcaps(std::size_t extension);

    std::string m_bytes;
    std::size_t m_base = 0; ///< of the table: offsets in it count from here
    std::size_t m_count = 0;
    std::vector<std::string> m_hwcaps; ///< names of subfolders, by the number that entries give
};

} // namespace envfix::formats
