#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::model {

enum class Severity : std::uint8_t { error, warning, info };
std::string_view to_string(Severity severity);
std::optional<Severity> severity(std::string_view text);

/// One thing that was seen, and what should have been there instead.
struct Evidence {
    std::string path;
    std::string owner;    ///< distribution and version, or Debian package, that the path belongs to; may be empty
    std::string expected;
    std::string actual;

    auto operator<=>(const Evidence&) const = default;
};

/// One thing that is wrong with an environment. `code` is a cause of CODES.md.
struct Finding {
    std::string code;
    Severity severity = Severity::error;
    std::string distribution; ///< as the project spells its name: "cffi"; may be empty
    std::string summary;      ///< one sentence for a person: what is wrong, with names and paths
    std::vector<Evidence> evidence;
    std::vector<std::string> remedies; ///< what a person could type or do, best first

    auto operator<=>(const Finding&) const = default;
};
using Findings = std::vector<Finding>;

} // namespace envfix::model
