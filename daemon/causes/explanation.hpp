#pragma once

#include "causes/causes.hpp"
#include "model/answers.hpp"

#include <vector>

namespace envfix::causes {

/// What is told of a cause; its title is the short one.
model::Explanation explanation_of(const Cause& cause);

/// Of every cause there is, in the table's order.
std::vector<model::Explanation> explanations();

} // namespace envfix::causes
