#pragma once

#include "app/surroundings.hpp"
#include "fs/tree.hpp"
#include "model/chain.hpp"
#include "model/policy.hpp"
#include "policy/daemon_config.hpp"

#include <vector>

namespace envfix::app {

/// All that files say, read at one moment. A file with a fault is in `problems` and left out; all others stand.
struct Configuration {
    policy::DaemonConfig daemon;
    model::Chain chain; ///< those of `daemon.chains`, as one
    std::vector<model::FixPolicy> policies;
    std::vector<model::Approval> fleet_approvals; ///< of approvals.d, which only root writes
    std::vector<model::PolicyProblem> problems;
};

/// envfixd.yaml and envfixd.yaml.d of the configuration places. What is wrong with a file is added to `problems`, and it is left out.
policy::DaemonConfig load_daemon_config(const fs::Tree& tree, const Surroundings& surroundings,
                                        std::vector<model::PolicyProblem>& problems);

/// Reads envfixd.yaml, envfixd.yaml.d, chains, policies.d and approvals.d of the configuration places (DESIGN.md 10).
Configuration load_configuration(const fs::Tree& tree, const Surroundings& surroundings);

} // namespace envfix::app
