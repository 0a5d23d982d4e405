#pragma once

#include <string>
#include <vector>

namespace envfix::remedy {

/// What the children of a fix see of the world.
struct Surroundings {
    std::vector<std::string>
        environment;            ///< HOME, PATH, LANG: "NAME=value"; no PYTHON* and no PIP_*
    std::string scratch_parent; ///< a folder of ours, in which they get empty ones
    std::string wheels;         ///< a folder of ours for downloaded wheels, each below its SHA-256
};

} // namespace envfix::remedy
