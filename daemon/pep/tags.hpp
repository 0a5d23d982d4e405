#pragma once

#include "base/result.hpp"

#include <compare>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

/// Compatibility tags: PEP 425, with PEP 600 (manylinux), 656 (musllinux), 803 (abi3t).
namespace envfix::pep {

/// What one build of a wheel needs. Lower case.
struct Tag {
    std::string interpreter; ///< "cp313"
    std::string abi;         ///< "abi3"
    std::string platform;    ///< "manylinux_2_28_x86_64"

    auto operator<=>(const Tag&) const = default;
    bool operator==(const Tag&) const = default;
};

/// "cp313-abi3-manylinux_2_28_x86_64"
std::string to_string(const Tag& tag);

/// Reads a tag set as file names have it: "py2.py3-none-any" is two tags. Sorted, each once.
/// ErrorCode::malformed if it is not three parts, if a member is empty or an interpreter no
/// identifier, or if it stands for more than k_max_tags.
Result<std::vector<Tag>> parse_tags(std::string_view text);

constexpr std::size_t k_max_tags = 16384;

/// What an interpreter is, as far as it decides which wheels it takes.
struct TagEnvironment {
    std::string implementation; ///< sys.implementation.name: "cpython", "pypy"
    unsigned major = 0;
    unsigned minor = 0;
    bool is_free_threaded = false;
    bool is_debug = false;
    /// The ABI part of EXT_SUFFIX of anything but CPython: "pypy311-pp73". Empty: unknown.
    std::string abi;
    std::vector<std::string> platforms; ///< best first, see platform_tags.hpp

    bool operator==(const TagEnvironment&) const = default;
};

/// Tags that differ in the platform only: one for each of the platforms, or the one for "any".
struct TagGroup {
    std::string interpreter;
    std::string abi;
    bool is_any = false;

    bool operator==(const TagGroup&) const = default;
};

/// The supported tags without the platforms multiplied out, best first.
std::vector<TagGroup> supported_groups(const TagEnvironment& environment);

/// Every tag that the interpreter supports, best first.
std::vector<Tag> supported_tags(const TagEnvironment& environment);

/// The supported tags, for asking about many wheels.
class SupportedTags {
public:
    explicit SupportedTags(std::span<const Tag> best_first);

    /// The place of the tag in the order of preference, from 0; nothing if it is not supported.
    [[nodiscard]] std::optional<std::size_t> rank(const Tag& tag) const;

    /// The best place of any of a wheel's tags; nothing if none is supported.
    [[nodiscard]] std::optional<std::size_t> best_rank(std::span<const Tag> wheel) const;

private:
    std::unordered_map<std::string, std::size_t> m_ranks;
};

/// The same for one wheel.
std::optional<std::size_t> best_rank(std::span<const Tag> wheel, std::span<const Tag> supported);

} // namespace envfix::pep
