#pragma once

#include "base/result.hpp"
#include "model/chain.hpp"
#include "model/finding.hpp"
#include "model/plan.hpp"
#include "model/run.hpp"
#include "model/snapshot.hpp"
#include "probe/probe.hpp"
#include "remedy/store.hpp"
#include "remedy/surroundings.hpp"
#include "remedy/transaction.hpp"

#include <asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

/// Executes a frozen plan (DESIGN.md 6): stage, trial, transaction, proof, kept or all back.
namespace envfix::remedy {

struct RepairRequest {
    model::Plan plan;
    std::string run; ///< is_run_id
    /// What has to work afterwards: links, verify_command, limits, deadline. Interpreter,
    /// environment, scratch folder and owner are filled in here.
    probe::Request proof;
    Surroundings surroundings;
    /// The environment as it was seen a moment ago: says where it lies. What counts is read again under the lock.
    std::optional<model::Snapshot> seen{};
    /// trial_key of a trial that went well when the plan was made; empty: none did. The same is not tried again.
    std::string tried{};
    /// Those of this machine that are no venv's: a venv is made again with the one that the plan
    /// names.
    std::vector<model::Interpreter> interpreters;
    /// The rungs of the plan's ladder that are tried: from `first` on, before `last`. The others are none of ours.
    std::size_t first = 0;
    std::size_t last = std::numeric_limits<std::size_t>::max();
    /// Says what a venv that was made again has to import where nothing could be told of the old
    /// one.
    model::Chain chain;
};

/// What a repair asks of those to its left, so that nothing reaches back.
struct RepairPorts {
    /// The environment as it is now, for the plan's chain.
    std::function<asio::awaitable<Result<model::Snapshot>>()> recapture;
    /// The checks.
    std::function<model::Findings(const model::Snapshot&)> check;
    /// Which installer works in the environment at this moment; nothing: none.
    std::function<std::optional<std::string>(const std::string& root)> installer_at_work;
    /// Hears each event as it happens.
    std::function<void(const model::RunEvent&)> tell;
    /// Wall clock, milliseconds since the epoch.
    std::function<std::int64_t()> now_ms;
};

/// How it ended.
struct RepairEnd {
    model::RunState state = model::RunState::failed;
    std::string summary; ///< "cffi 1.15.1 reinstalled"
    std::string proof;   ///< how it was proved, or why the proof failed
};

/// Tries the plan's rungs in order, each wholly or not at all. Holds the environment's lock
/// meanwhile. Cancelled, it takes back what it did and ends `reverted`. `store` may be null:
/// nothing can be restored then. `log` and `store` outlive the call. Errors, with nothing done:
/// busy (an installer or another fix works there), plan_changed (the environment has moved since
/// the plan was made), not_supported (target_of).
asio::awaitable<Result<RepairEnd>> repair(RepairRequest request, RepairPorts ports,
                                          TransactionLog* log, Store* store);

} // namespace envfix::remedy
