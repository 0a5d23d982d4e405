#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// The grammar of PEP 440, apart from what a version means. Versions and specifiers share it.
namespace envfix::pep {

enum class PreLetter : unsigned char { none, a, b, rc };

/// A number as it is written, without upper bound; no digits mean 0.
struct Digits {
    /// Up to that many digits the value fits.
    static constexpr std::size_t k_max_for_value = 19;

    std::string_view text;
    std::uint64_t value = 0; ///< meaningless if there are more digits

    [[nodiscard]] bool fits() const { return text.size() <= k_max_for_value; }
};

/// A version taken apart: views into the text it was read from, nothing normalised.
struct VersionParts {
    Digits epoch;
    std::string_view release; ///< digits and dots: "1.02.3"
    /// The components of the release as numbers, if there is room for all and each fits. Only the
    /// first `number_count` are set; the rest is not worth the time.
    std::array<std::uint64_t, 5> numbers;
    std::uint8_t number_count = 0; ///< 0: none, the text tells
    PreLetter pre = PreLetter::none;
    bool has_post = false;
    bool has_dev = false;
    bool has_wildcard = false; ///< ends with ".*"
    Digits pre_number;
    Digits post_number;
    Digits dev_number;
    std::string_view local; ///< without the "+"; empty if there is none
};

/// What may follow the release.
enum class VersionTail : unsigned char {
    public_only,       ///< no local version
    local,             ///< a local version may follow
    local_or_wildcard, ///< the same, or ".*" straight after the release
};

/// Reads a version at the front of `text`, in which no white space comes first, and returns how
/// many bytes belong to it; 0 if none begins there.
std::size_t scan_version(std::string_view text, VersionTail tail, VersionParts& parts);

} // namespace envfix::pep
