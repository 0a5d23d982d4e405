#pragma once

#include "fs/tree.hpp"
#include "model/chain.hpp"
#include "model/policy.hpp"

#include <string>
#include <vector>

namespace envfix::app {

/// The chains in force, as one, and the chain files that were left out.
struct Chains {
    model::Chain chain;
    std::vector<model::PolicyProblem> problems;
};

/// Reads those that ship with the program and those in the `chains` folders of the configuration places. `wanted`: the names
/// of those that count (`chains` of envfixd.yaml), where one that nobody describes is a problem; empty: all of them.
Chains load_chains(const fs::Tree& tree, const std::vector<std::string>& config_dirs,
                   const std::vector<std::string>& wanted = {});

} // namespace envfix::app
