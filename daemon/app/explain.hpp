#pragma once

#include "base/result.hpp"
#include "model/answers.hpp"

#include <string_view>
#include <vector>

namespace envfix::app {

/// What a finding's code means. Errors: not_found, with the codes that come nearest.
Result<model::Explanation> explain(std::string_view code);

/// Every code there is, sorted; the title alone says what it is.
std::vector<model::Explanation> explanations();

} // namespace envfix::app
