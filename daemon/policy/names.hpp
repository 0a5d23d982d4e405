#pragma once

#include <string_view>

namespace envfix::policy {

/// The name of a policy, chain or the like: small letters, digits and single hyphens, at most 64.
bool is_plain_name(std::string_view text);

/// The name of a distribution as THREATS.md X3 allows it: letters, digits, ".", "_" and "-", a
/// letter or digit at both ends, at most 128.
bool is_distribution_name(std::string_view text);

/// A dotted name of Python identifiers, ASCII: "cryptography.hazmat.bindings._rust".
bool is_dotted_name(std::string_view text);

} // namespace envfix::policy
