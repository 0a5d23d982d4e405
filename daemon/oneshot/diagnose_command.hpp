#pragma once

#include "app/surroundings.hpp"

#include <string>

namespace envfix::oneshot {

struct DiagnoseArguments {
    std::string file = "-"; ///< "-": standard input
    bool json = false;
    bool quiet = false;
    bool no_colour = false;
};

/// `envfixd diagnose`: reads a text of at most 4 MiB and tells what it means, without a bus. Prints; gives the exit code of
/// DESIGN.md 8: 11 for a cause and for another environment's failure, 0 where it is none, 12 where the text does not tell.
int diagnose(const app::Surroundings& surroundings, const DiagnoseArguments& arguments);

} // namespace envfix::oneshot
