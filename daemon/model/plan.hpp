#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::model {

enum class StepKind : std::uint8_t {
    restore,         ///< files of a distribution from the store of known-good files
    pip_install,     ///< distributions that are not there
    pip_reinstall,   ///< the same again, files replaced
    pip_uninstall,   ///< distributions moved away, by RECORD
    quarantine,      ///< paths moved aside, never deleted
    advise,          ///< a person has to do it
    venv_create,
    venv_recreate,
    system_packages
};
std::string_view to_string(StepKind kind); ///< "restore", "pip-install", …
std::optional<StepKind> step_kind(std::string_view text);

/// One distribution before and after a step.
struct PackageChange {
    std::string distribution;
    std::string from; ///< version before; empty: not there
    std::string to;   ///< version after; empty: gone
    std::string source; ///< where the wheel comes from: an absolute path, or a URL without its password; "store"
    std::string sha256; ///< of the wheel, hexadecimal; empty for the store

    bool operator==(const PackageChange&) const = default;
};

/// One step of a rung, frozen: nothing is decided any more while it runs.
struct Step {
    StepKind kind = StepKind::advise;
    std::vector<PackageChange> changes;
    std::vector<std::string> paths; ///< of quarantine: what is moved aside; of restore: what comes back
    std::string location;           ///< the site folder that is changed
    std::string text;               ///< of advise: what the person is told; of venv: the Python that it is made with
    bool isolated = false;          ///< of venv: it sees no packages but its own, whatever the old one saw

    bool operator==(const Step&) const = default;
};

/// One alternative of a policy's ladder. The first whose proof holds is kept.
struct Rung {
    std::vector<Step> steps;
    std::string unavailable; ///< why it cannot be tried (nothing in the store, no wheel); empty: it can

    bool operator==(const Rung&) const = default;
};

/// `advice`: nothing of it can be carried out, so there is nothing to approve; it tells a person what to do.
enum class PlanState : std::uint8_t { waiting, approved, rejected, running, done, failed, stale, advice };
std::string_view to_string(PlanState state);
std::optional<PlanState> plan_state(std::string_view text);

/// What a policy yields for one environment. Immutable but for `state`; the digest says so (THREATS.md B2).
struct Plan {
    std::string id;             ///< first 12 hexadecimal digits of `digest`
    std::string digest;         ///< SHA-256 of everything below except state and state_reason
    std::string environment_id;
    std::string environment_path;
    std::string fingerprint;    ///< of the snapshot that it was made from
    std::string chain;
    std::string policy;         ///< name of the fix policy
    std::string policy_sha256;
    std::vector<std::string> findings; ///< codes that it is to remove
    std::vector<Rung> ladder;
    bool allow_externally_managed = false;
    std::int64_t created_s = 0; ///< wall clock, seconds since the epoch
    std::int64_t expires_s = 0;
    PlanState state = PlanState::waiting;
    std::string state_reason;

    bool operator==(const Plan&) const = default;
};

/// What a plan in the state `advice` tells the person, perhaps in several lines; those that begin with a space are commands to
/// copy. Empty: it tells nothing.
std::string advice_of(const Plan& plan);

/// The digest that `plan` must carry: SHA-256, hexadecimal.
std::string plan_digest(const Plan& plan);

} // namespace envfix::model
