#pragma once

#include "pep/version_parts.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// A version as a string of bytes that orders as the version does, so that comparing two versions
/// is one memcmp, and everything a specifier asks is a range of such strings.
///
///     epoch · release without trailing zeros · 0x00 · pre · post · dev · local
///
/// Every field but the last ends where its own bytes say, so the key of a version without local
/// part is the prefix of exactly the keys that add a local part to it; and no key has 0xFF where a
/// field begins, so prefix + 0xFF lies behind all that begin with the prefix.
namespace envfix::pep {

/// A key, and what it cannot tell.
struct VersionKey {
    std::string bytes;
    std::uint32_t trailing_zeros = 0; ///< components of the release that the key leaves out
    std::uint32_t pre_end = 0;        ///< the key up to the pre-release, that included
    std::uint32_t public_end = 0;     ///< the key without the local part
};

/// Builds the key of a version.
VersionKey make_key(const VersionParts& parts);

/// The key of the least version whose release begins with that of `parts`, in which everything but
/// epoch and release is ignored: "1.2" gives 1.2.dev0.
std::string first_of_prefix(const VersionParts& parts);

/// The key of the least version behind all those: "1.2" gives 1.3.dev0.
std::string end_of_prefix(const VersionParts& parts);

/// The key of the least version that shares all but dev and local part: "1.2.post3" gives
/// 1.2.post3.dev0.
std::string first_dev(const VersionParts& parts);

/// The fields of a key, one after the other.
class KeyReader {
public:
    explicit KeyReader(std::string_view key) : m_key(key) {}

    /// A number in decimal.
    std::string number();

    /// True at the byte that ends the release, which is then skipped.
    bool release_ends();

    /// `number` is set if there is a pre-release.
    PreLetter pre(std::string& number);

    /// False if the version has no post-release number.
    bool post(std::string& number);

    /// False if the version has no development release number.
    bool dev(std::string& number);

    /// The local part, its segments joined by dots; empty if there is none.
    std::string local();

private:
    unsigned char take();

    std::string_view m_key;
};

} // namespace envfix::pep
