#pragma once

#include "model/policy.hpp"

#include <tl/expected.hpp>

#include <vector>

namespace envfix::policy {

/// A value read from a file, or all that is wrong with the file, in the order of its lines.
/// A file with one problem is left out as a whole (DESIGN.md 10).
template <typename T> using Parsed = tl::expected<T, std::vector<model::PolicyProblem>>;

} // namespace envfix::policy
