#pragma once

#include "fs/copy.hpp"
#include "fs/write_tree.hpp"
#include "remedy/store_damage.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

/// The bytes that the store keeps, each file below its SHA-256: `<two digits>/<64 digits>`. Inside of this module only.
namespace envfix::remedy {

constexpr std::uint64_t k_largest_blob = 2ULL << 30U;

/// 64 hexadecimal digits, as they name a blob.
bool is_digest(const std::string& text);

/// Where the blob of this hash lies.
std::string blob_path(const std::string& sha256);

/// A blob is written once, and its time set to one moment long ago: whoever writes in it later is seen without reading it.
class StoreBlobs {
public:
    /// Both outlive this.
    StoreBlobs(const fs::WriteTree& root, StoreDamage& damage) : m_root(root), m_damage(damage) {}

    /// What lies there, in whatever state.
    [[nodiscard]] std::optional<fs::Status> find(const std::string& sha256) const;

    /// Whether it is there as it was written, of that size. One that somebody touched is read; one that is not what its name says
    /// is set aside.
    [[nodiscard]] bool is_sound(const std::string& sha256, std::uint64_t size);

    /// Makes a blob of the open file, believing only what arrived. `wanted`: the hash that it must have; empty: any. Gives what
    /// was copied. ErrorCode::malformed: it has another.
    Result<fs::Copied> take_in(int source, const std::string& shown, const std::string& wanted);

    /// Removes those of which `is_needed` says no. Gives the bytes that went.
    std::uint64_t drop(const std::function<bool(const std::string& sha256)>& is_needed);

    /// Counts anew what they take.
    void count();
    [[nodiscard]] std::uint64_t bytes() const { return m_bytes; }

private:
    [[nodiscard]] std::vector<fs::Entry> folders() const;

    const fs::WriteTree& m_root;
    StoreDamage& m_damage;
    std::uint64_t m_bytes = 0;
    std::uint64_t m_next = 0; ///< names of unfinished files
};

} // namespace envfix::remedy
