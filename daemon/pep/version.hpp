#pragma once

#include "base/result.hpp"
#include "pep/version_key.hpp"

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace envfix::pep {

/// A version as PEP 440 defines it. Numbers have no upper bound, so they are given as decimal text.
/// Laws: parse(to_string(v)) == v; the order is total; trailing zeros of the release do not count.
class Version {
    struct Scanned {}; // nobody else has one

public:
    /// Of parts that have been scanned.
    Version(Scanned /*unused*/, const VersionParts& parts)
        : m_key(make_key(parts)), m_is_pre(parts.pre != PreLetter::none), m_is_post(parts.has_post),
          m_is_dev(parts.has_dev)
    {
    }

    /// Reads a version, with white space around it if need be. ErrorCode::malformed says at which
    /// byte it stops being one.
    static Result<Version> parse(std::string_view text);

    /// The same without a message, for callers to whom "no version" is an answer and not an error.
    static std::optional<Version> try_parse(std::string_view text);

    std::strong_ordering operator<=>(const Version& other) const
    {
        return m_key.bytes.compare(other.m_key.bytes) <=> 0;
    }

    bool operator==(const Version& other) const { return m_key.bytes == other.m_key.bytes; }

    /// The normal form; keeps trailing zeros of the release: "1!2.0rc1.post2.dev3+local".
    [[nodiscard]] std::string to_string() const;

    /// The normal form without trailing zeros of the release: equal for equal versions.
    [[nodiscard]] std::string canonical() const;

    /// Without the local part.
    [[nodiscard]] std::string public_version() const;

    /// Epoch and release only.
    [[nodiscard]] std::string base_version() const;

    [[nodiscard]] std::string epoch() const;
    /// At least one component, trailing zeros included.
    [[nodiscard]] std::vector<std::string> release() const;
    /// Letter ("a", "b", "rc") and number.
    [[nodiscard]] std::optional<std::pair<std::string, std::string>> pre() const;
    [[nodiscard]] std::optional<std::string> post() const;
    [[nodiscard]] std::optional<std::string> dev() const;
    /// Lower case, segments joined by dots.
    [[nodiscard]] std::optional<std::string> local() const;

    /// A pre-release or a development release.
    [[nodiscard]] bool is_prerelease() const { return m_is_pre || m_is_dev; }

    [[nodiscard]] bool is_postrelease() const { return m_is_post; }

    [[nodiscard]] bool is_devrelease() const { return m_is_dev; }

    [[nodiscard]] bool has_local() const { return m_key.public_end != m_key.bytes.size(); }

    /// The bytes that order as versions do; see version_key.hpp.
    [[nodiscard]] const std::string& key() const { return m_key.bytes; }

    /// True if the other is equal and written with as many components.
    [[nodiscard]] bool same_spelling(const Version& other) const
    {
        return *this == other && m_key.trailing_zeros == other.m_key.trailing_zeros;
    }

private:
    VersionKey m_key;
    bool m_is_pre;
    bool m_is_post;
    bool m_is_dev;
};

} // namespace envfix::pep

/// Equal versions hash alike.
template <> struct std::hash<envfix::pep::Version> {
    std::size_t operator()(const envfix::pep::Version& version) const noexcept
    {
        return std::hash<std::string>{}(version.key());
    }
};
