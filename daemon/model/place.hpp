#pragma once

#include <compare>
#include <string>

namespace envfix::model {

/// A folder that a text names, of an environment of this machine if it is of this machine.
struct NamedPlace {
    std::string path;    ///< absolute: the prefix of an environment, or the folder of a user's packages
    std::string version; ///< of its Python, as "3.11"; empty: the path does not tell

    auto operator<=>(const NamedPlace&) const = default;
};

} // namespace envfix::model
