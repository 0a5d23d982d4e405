#pragma once

#include "base/result.hpp"
#include "fs/write_tree.hpp"
#include "model/plan.hpp"
#include "probe/probe.hpp"
#include "remedy/repair.hpp"
#include "remedy/store.hpp"
#include "remedy/surroundings.hpp"
#include "remedy/target.hpp"
#include "remedy/transaction.hpp"
#include "remedy/trial.hpp"

#include <asio/awaitable.hpp>

#include <string>
#include <vector>

/// The trial of a rung in a copy of the environment (DESIGN.md 6.2): what it is asked, what its outcome depends on, and how a rung
/// is tried while its plan is made, so that nobody waits for it later.
namespace envfix::remedy {

/// Whether all of a rung's files come out of the store: it can be tried at once, and be brought again byte for byte.
bool is_of_store(const model::Rung& rung);

/// What the shadow's interpreter is asked.
probe::Request trial_request(probe::Request proof, const Shadow& shadow, const Surroundings& surroundings);

/// What the outcome of a trial depends on, as a SHA-256: the environment, what is imported in it and how, and every path that
/// changes, with kind, mode and bytes of what comes. Two trials with one key have one outcome. Errors: those of reading what is
/// staged; not_supported where that is no regular file.
Result<std::string> trial_key(const std::string& fingerprint, const fs::WriteTree& root, const Target& target,
                              const std::vector<Change>& changes, const std::vector<probe::Link>& links,
                              const Surroundings& surroundings);

struct TryRequest {
    model::Rung rung;          ///< is_of_store
    std::string fingerprint;   ///< of the environment that the plan is made for
    bool allow_externally_managed = false;
    std::string run; ///< is_run_id, of no run: names the stage
    probe::Request proof;      ///< as in RepairRequest
    Surroundings surroundings;
};

/// How it went.
struct Tried {
    std::string key;       ///< trial_key
    std::string objection; ///< why the rung does not do it; empty: it does

    bool operator==(const Tried&) const = default;
};

/// Stages the rung, tries it, and throws the stage away again; the environment is locked meanwhile and only read. `ports` are
/// asked for `recapture` and `installer_at_work` alone. Errors say why it could not be tried, which says nothing about the rung:
/// busy, plan_changed (the environment is not, or is no longer, the one that was planned for), no_space, not_found (the store has
/// lost it), cancelled, and others.
asio::awaitable<Result<Tried>> try_rung(TryRequest request, RepairPorts ports, TransactionLog* log, Store* store);

} // namespace envfix::remedy
