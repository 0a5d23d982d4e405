#pragma once

#include "model/snapshot.hpp"
#include "pep/marker.hpp"

#include <string>
#include <vector>

namespace envfix::checks {

/// One `Requires-Dist` that applies here, and how it is met.
struct Requirement {
    const model::Distribution* wanting = nullptr; ///< who states it
    std::string wanted_by;   ///< distribution and version that states it: "supabase-auth 2.16.0"
    std::string text;        ///< as its metadata words it
    std::string name;        ///< of the wanted distribution, PEP 503
    const model::Distribution* met_by = nullptr; ///< what import finds under that name; null: nothing
    bool version_fits = true; ///< the version of `met_by` satisfies the specifier (pre-releases count as installed ones do)
};

/// All requirements that follow from the distributions in `roots` (PEP 503 names), with the extras that are asked for on the
/// way, markers evaluated for this interpreter (PEP 508). In the order of discovery, breadth first; a requirement that cannot
/// be parsed is left out, as it binds nobody. Points into `snapshot`.
std::vector<Requirement> requirements_of(const model::Snapshot& snapshot, const std::vector<std::string>& roots);

/// A requirement without its marker and the blanks before it: what a person would hand to pip.
std::string without_marker(const std::string& requirement);

/// The marker variables of an interpreter, as packaging's default_environment gives them; the two that only a running kernel
/// knows (platform_release, platform_version) are empty.
pep::MarkerEnvironment marker_environment(const model::Interpreter& interpreter);

} // namespace envfix::checks
