#pragma once

#include "model/chain.hpp"
#include "policy/problems.hpp"

#include <string_view>

namespace envfix::policy {

/// Reads a chain (policies/chains/*.yaml; its comments say what each key means). `file` is only
/// named in problems. Gives a chain whose edges point to earlier links, or every problem.
Parsed<model::Chain> parse_chain(std::string_view text, std::string_view file);

} // namespace envfix::policy
