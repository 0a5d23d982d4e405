#pragma once

#include "app/surroundings.hpp"

#include <string>
#include <vector>

namespace envfix::oneshot {

struct CheckArguments {
    std::vector<std::string> paths; ///< none: the working directory
    std::string root = "/";         ///< another root file system, of which nothing is run
    bool json = false;
    bool probe = false;
    bool quiet = false;
    bool no_colour = false;
};

/// `envfixd check`: validates once, without a bus. Prints; gives the exit code of DESIGN.md 8.
int check(const app::Surroundings& surroundings, const CheckArguments& arguments);

} // namespace envfix::oneshot
