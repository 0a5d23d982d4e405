#pragma once

#include "base/result.hpp"
#include "model/plan.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Values as bytes, so that whatever bytes a path has come back as they were. Inside of this module
/// only.
namespace envfix::journal {

/// A plan without what changes later, its state and the reason for it.
std::string encode_plan(const model::Plan& plan);
Result<model::Plan> decode_plan(std::string_view bytes);

std::string encode_texts(const std::vector<std::string>& texts);
Result<std::vector<std::string>> decode_texts(std::string_view bytes);

} // namespace envfix::journal
