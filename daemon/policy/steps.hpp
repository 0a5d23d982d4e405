#pragma once

#include "model/policy.hpp"
#include "policy/reader.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace envfix::policy {

/// Reads the value of `do`: a list of rungs, each a step or a list of steps done together.
std::vector<std::vector<model::StepTemplate>> read_ladder(Reader& reader, const Node& node,
                                                          std::string_view home);

/// `path` with a leading "~/" replaced; unchanged where `home` is empty.
std::string expand_home(std::string_view path, std::string_view home);

} // namespace envfix::policy
