#pragma once

#include "model/environment.hpp"
#include "model/finding.hpp"
#include "model/probe.hpp"

#include <optional>
#include <string>
#include <vector>

namespace envfix::model {

/// One link of the chain as it is shown: where it really comes from, and what it hides.
struct ChainReport {
    std::string distribution;
    std::string version;
    std::string location;
    std::string state; ///< "ok", "missing", "broken"
    std::vector<std::string> shadows; ///< other copies of it further down sys.path

    bool operator==(const ChainReport&) const = default;
};

/// What is told of an environment: on the bus, in JSON, as text. DESIGN.md 8 gives its JSON.
struct EnvironmentReport {
    std::string id;
    std::string path;
    EnvironmentKind kind = EnvironmentKind::venv;
    EnvironmentState state = EnvironmentState::healthy;
    std::string state_reason; ///< why it is unverifiable, quarantined or waiting; may be empty
    std::string hold; ///< a person keeps every fix off it: until when, and why; empty: nobody does
    std::string fingerprint;
    std::string interpreter_path;
    std::string interpreter_version;
    std::string interpreter_implementation;
    std::string interpreter_soabi;
    std::vector<ChainReport> chain;
    Findings findings;
    std::optional<ProbeResult> probe;

    bool operator==(const EnvironmentReport&) const = default;
};

/// The daemon in a line (DESIGN.md 8, `status`).
struct DaemonReport {
    std::string version;
    std::string instance; ///< "user" or "system"
    std::string state;    ///< "ready", "starting", "degraded"
    std::uint64_t uptime_s = 0;
    std::uint64_t watches = 0;
    std::vector<std::string> degraded; ///< one sentence each

    bool operator==(const DaemonReport&) const = default;
};

} // namespace envfix::model
