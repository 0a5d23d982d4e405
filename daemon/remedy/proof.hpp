#pragma once

#include "model/finding.hpp"
#include "model/probe.hpp"

#include <string>
#include <vector>

namespace envfix::remedy {

/// Why a repaired environment is not good; empty: it is. The findings that the plan was made for
/// must be gone, and none of severity error or warning may be there that was not there before.
/// Pure.
std::string objection(const std::vector<std::string>& to_remove, const model::Findings& before,
                      const model::Findings& after);

/// The same for the imports; empty: all of them worked.
std::string objection(const model::ProbeResult& probe);

} // namespace envfix::remedy
