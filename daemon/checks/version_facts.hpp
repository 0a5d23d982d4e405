#pragma once

#include "model/chain.hpp"
#include "model/snapshot.hpp"

#include <string>
#include <string_view>
#include <vector>

/// What several checks ask of installed versions.
namespace envfix::checks {

/// The distribution that import metadata finds under that name (compared as PEP 503 does); nullptr where there is none, or
/// where its version is lost.
const model::Distribution* versioned(const model::Snapshot& snapshot, std::string_view name);

/// Whether the system's package manager put it there: a distribution patches what it ships, and answers for whether its
/// packages fit together, whatever their metadata says.
bool is_packaged(const model::Distribution& distribution);

/// "httpx 0.27.2"
std::string titled(const model::Distribution& distribution);

/// How the chain spells that distribution; `distribution`'s own name where it is no link.
std::string chain_name(const model::Snapshot& snapshot, const model::Distribution& distribution);

/// What the chain knows of these two, in either order; nullptr where it knows nothing.
const model::ChainConflict* rule_about(const model::Chain& chain, std::string_view one, std::string_view other);

/// A conflict of the chain that holds here.
struct Conflict {
    const model::ChainConflict* rule = nullptr;
    const model::Distribution* distribution = nullptr;
    const model::Distribution* with = nullptr; ///< null: the interpreter
    std::string wanted;                        ///< what `with` asks for, where its metadata decides; else empty
};

/// Those conflicts of the chain that hold here, in the chain's order. Points into both. Chains that do not concern the
/// environment are left out.
std::vector<Conflict> conflicts_here(const model::Snapshot& snapshot, const model::Chain& chain);

/// PEP 503 names of the members of the chain that are installed: from those, requirements are followed.
std::vector<std::string> requirement_roots(const model::Snapshot& snapshot);

/// "PYTHON -m pip install --upgrade supabase httpx gotrue": these, and before them the member of the chain that brought one of
/// them in, if it did: a family moves together.
std::string upgrade_command(const model::Snapshot& snapshot, const std::vector<std::string>& names);

} // namespace envfix::checks
