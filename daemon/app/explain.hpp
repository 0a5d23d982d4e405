#pragma once

#include "base/result.hpp"
#include "model/answers.hpp"

#include <string_view>

namespace envfix::app {

/// What a finding's code means. Errors: not_found, with the codes that come nearest.
Result<model::Explanation> explain(std::string_view code);

} // namespace envfix::app
