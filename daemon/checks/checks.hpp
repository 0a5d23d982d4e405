#pragma once

#include "model/chain.hpp"
#include "model/finding.hpp"
#include "model/report.hpp"
#include "model/snapshot.hpp"

#include <span>
#include <string_view>

/// Pure judgement: a snapshot in, findings out. No clock, no disk, no environment, no logging.
namespace envfix::checks {

/// One cause on disk. `chain` is the one that the snapshot was captured for: `snapshot.links[i]` follows
/// `chain.links[i]`.
struct Check {
    std::string_view name;
    model::Findings (*run)(const model::Snapshot& snapshot, const model::Chain& chain);
};

/// Every check there is, in the order in which causes lead to one another.
std::span<const Check> catalogue();

/// Runs the catalogue. The same snapshot always gives the same findings, in the same order: errors first,
/// then warnings, each in the catalogue's order. Of a project without an environment only what it misses.
model::Findings run_all(const model::Snapshot& snapshot, const model::Chain& chain);

/// The state that findings alone give: broken, degraded, healthy; unverifiable where the snapshot could
/// not be read.
model::EnvironmentState state_of(const model::Snapshot& snapshot, const model::Findings& findings);

/// What is told of an environment (DESIGN.md 8), without a probe.
model::EnvironmentReport report_of(const model::Snapshot& snapshot, const model::Chain& chain,
                                   const model::Findings& findings);

} // namespace envfix::checks
