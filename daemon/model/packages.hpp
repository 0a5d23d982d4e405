#pragma once

#include <string>

namespace envfix::model {

/// A package of the system's package manager in just one version.
struct PackageVersion {
    std::string name;
    std::string version;

    bool operator==(const PackageVersion&) const = default;
};

} // namespace envfix::model
