#pragma once

#include "base/result.hpp"
#include "fs/write_tree.hpp"
#include "model/plan.hpp"
#include "model/snapshot.hpp"
#include "remedy/rename_list.hpp"
#include "remedy/store.hpp"
#include "remedy/surroundings.hpp"
#include "remedy/target.hpp"

#include <asio/awaitable.hpp>

#include <string>
#include <vector>

/// From the steps of one rung to the renames of one transaction.
namespace envfix::remedy {

/// Why a rung of these steps cannot be carried out by this program at all; empty: it can.
std::string not_feasible(const model::Rung& rung);

/// Whether the rung makes a whole environment, which comes into place by one rename or exchange; it
/// is then its only step.
bool is_whole_environment(const model::Rung& rung);

/// Distributions that are installed in the target's site folder, by their RECORD. What it cannot
/// read has no record.
std::vector<InstalledFiles> installed_in(const model::Snapshot& snapshot, const fs::WriteTree& root,
                                         const Target& target);

/// What the renames of a rung are made of, before anything is staged: who goes, who stays, what is
/// moved aside. ErrorCode::malformed for a path outside of the root.
Result<RenameRequest> rename_request(const model::Rung& rung, std::vector<InstalledFiles> installed,
                                     const Target& target);

/// One kept distribution as a restore step means it: same name, version and location, for this
/// interpreter, and whole. ErrorCode::not_found says what is missing.
Result<KeptDistribution> kept_for(const Store& store, const model::PackageChange& change,
                                  const model::Snapshot& snapshot, const Target& target);

/// Whether exactly these files stand there, of that version, so that a restore has only to mend
/// what is missing or changed.
bool is_same_version(const KeptDistribution& kept, const std::vector<InstalledFiles>& installed,
                     const Target& target);

/// Builds a rung's files in `stage` (relative to the root, there and empty) and gives its renames.
asio::awaitable<Result<std::vector<Change>>> prepare_rung(model::Rung rung,
                                                          model::Snapshot snapshot, Target target,
                                                          std::string stage,
                                                          Surroundings surroundings, Store* store);

/// "cffi 1.15.1 reinstalled, jwt 1.3.1 removed"
std::string describe(const model::Rung& rung);

} // namespace envfix::remedy
