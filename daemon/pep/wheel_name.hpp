#pragma once

#include "base/result.hpp"
#include "pep/tags.hpp"
#include "pep/version.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::pep {

/// The build number of a wheel: digits, which order as a number, and what follows them.
struct BuildTag {
    std::string number; ///< decimal, without leading zeros
    std::string rest;

    bool operator==(const BuildTag&) const = default;
};

/// What the file name of a wheel says, PEP 427.
struct WheelName {
    std::string name; ///< in normal form
    Version version;
    std::optional<BuildTag> build;
    std::vector<Tag> tags; ///< sorted, each once

    /// Takes a file name without folders. ErrorCode::malformed says which part is wrong.
    static Result<WheelName> parse(std::string_view file_name);

    bool operator==(const WheelName&) const = default;
};

/// What the file name of a source distribution says, PEP 625 and what was there before.
struct SdistName {
    std::string name; ///< in normal form
    Version version;

    /// Takes a file name without folders. ErrorCode::malformed says which part is wrong.
    static Result<SdistName> parse(std::string_view file_name);

    bool operator==(const SdistName&) const = default;
};

} // namespace envfix::pep
