#pragma once

#include "base/result.hpp"
#include "journal/journal.hpp"
#include "model/run.hpp"

#include <string_view>

namespace envfix::service {

/// A run by its id, or by a prefix of 4 digits at least that only one of the last 1,000 has. Errors: not_found, malformed.
Result<model::Run> find_run(const journal::Journal& journal, std::string_view id);

} // namespace envfix::service
