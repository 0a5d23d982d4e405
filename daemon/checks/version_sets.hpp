#pragma once

#include "pep/specifier_set.hpp"

namespace envfix::checks {

/// Whether some version lies in both sets. Tries the versions that the clauses name and their nearest successors, which decides
/// every pair of ranges; only a set of gaps narrower than two further components could be taken for empty.
bool can_both_hold(const pep::SpecifierSet& one, const pep::SpecifierSet& other);

} // namespace envfix::checks
