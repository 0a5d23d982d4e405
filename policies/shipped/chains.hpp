#pragma once

#include "model/chain.hpp"

#include <string_view>
#include <vector>

namespace envfix::shipped {

/// A shipped chain that was read when the program was built: reading YAML would take a good part of
/// the time that a check has.
struct BuiltChain {
    std::string_view path; ///< of its file, as files() has it
    model::Chain chain;    ///< what policy::parse_chain() gives for that file
};

/// One for each file of files() below chains/, in the same order.
std::vector<BuiltChain> chains();

} // namespace envfix::shipped
