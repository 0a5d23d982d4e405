#pragma once

#include <cstddef>
#include <string_view>

/// The grammar of PEP 440, apart from what a version means. Versions and specifiers share it.
namespace envfix::pep {

enum class PreLetter : unsigned char { none, a, b, rc };

/// A version taken apart: views into the text it was read from, nothing normalised.
struct VersionParts {
    std::string_view epoch;   ///< digits; empty if not given
    std::string_view release; ///< digits and dots: "1.02.3"
    PreLetter pre = PreLetter::none;
    bool has_post = false;
    bool has_dev = false;
    bool has_wildcard = false; ///< ends with ".*"
    std::string_view pre_number; ///< digits; empty means 0
    std::string_view post_number;
    std::string_view dev_number;
    std::string_view local; ///< without the "+"; empty if there is none
};

/// What may follow the release.
enum class VersionTail : unsigned char {
    public_only,       ///< no local version
    local,             ///< a local version may follow
    local_or_wildcard, ///< the same, or ".*" straight after the release
};

/// Reads a version at the front of `text`, in which no white space comes first, and returns how many
/// bytes belong to it; 0 if none begins there.
std::size_t scan_version(std::string_view text, VersionTail tail, VersionParts& parts);

} // namespace envfix::pep
