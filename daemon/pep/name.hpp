#pragma once

#include <string>
#include <string_view>

/// Names of projects and extras: PEP 503 and the rule for `Name` of the core metadata.
namespace envfix::pep {

/// The normal form, by which names are compared: lower case, each run of "-", "_", "." one "-".
/// Takes any text, so that a name which is not valid can be looked up all the same.
std::string normalize_name(std::string_view name);

/// True if the text could have come from normalising a valid name.
bool is_normalized_name(std::string_view name);

/// True if it is letters and digits of ASCII, with "-", "_", "." inside.
bool is_valid_name(std::string_view name);

} // namespace envfix::pep
