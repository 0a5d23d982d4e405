#pragma once

#include "model/environment.hpp"
#include "model/plan.hpp"
#include "model/policy.hpp"
#include "model/report.hpp"
#include "model/run.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Values that the service answers questions with, beside the reports, plans and runs themselves.
namespace envfix::model {

/// A part of a list that may be long. `total` counts the whole of it.
template <typename T> struct Page {
    std::vector<T> items;
    std::uint64_t total = 0;

    bool operator==(const Page&) const = default;
};

/// A policy that covers what is wrong with an environment, and what keeps it from acting.
struct PolicyOffer {
    std::string environment_id;
    std::string policy;
    std::string describe;
    bool approved = false; ///< false: the next thing to do is to approve it
    std::vector<std::string> findings = {}; ///< codes that it covers there; empty: not told
    std::string advice = {}; ///< it does nothing but tell this to a person, and needs no approval for that; empty: it acts

    bool operator==(const PolicyOffer&) const = default;
};

/// All that `status` shows, read at one moment.
struct Status {
    DaemonReport daemon;
    std::vector<EnvironmentReport> environments; ///< what is wrong first, then by path; the first page of them
    std::uint64_t total = 0;                     ///< environments that there are
    std::vector<Plan> plans;                     ///< waiting or running
    std::vector<PolicyOffer> offers;             ///< best first for each environment

    bool operator==(const Status&) const = default;
};

/// A cause of CODES.md, told to a person.
struct Explanation {
    std::string code;
    std::string title;   ///< what it is, one sentence
    std::string arises;  ///< how it comes about
    std::string tell;    ///< how to tell it from its look-alikes
    std::string fix;     ///< what to do about it
    std::string avoid;   ///< what not to do, and why

    bool operator==(const Explanation&) const = default;
};

/// What a traceback says (DESIGN.md 8, `diagnose`).
struct Cause {
    std::string code;
    std::string confidence; ///< "certain", "likely", "possible"
    std::uint64_t line = 0; ///< line of the text that tells, from 1; 0: the text as a whole
    std::string text;       ///< that line
    std::string explanation;
    std::vector<std::string> remedies;

    bool operator==(const Cause&) const = default;
};

/// A policy as it stands: its content, and whether it may act.
struct PolicyReport {
    FixPolicy policy;
    std::optional<Approval> approval; ///< of this very content
    bool lapsed = false;              ///< another content of it was approved once

    bool operator==(const PolicyReport&) const = default;
};

/// All policies in force, and the files that were left out.
struct PolicyList {
    std::vector<PolicyReport> policies; ///< by name
    std::vector<PolicyProblem> problems;

    bool operator==(const PolicyList&) const = default;
};

/// How the reason begins of a policy that is for other things than what is wrong there.
inline constexpr std::string_view k_no_finding = "None of its findings is there";

/// What one policy would do, or why it does not, in one environment.
struct PolicyVerdict {
    std::string policy;
    std::string environment_id;
    std::string environment_path;
    bool acts = false;
    std::string reason; ///< one sentence: what it would do, or why it does nothing

    bool operator==(const PolicyVerdict&) const = default;
};

/// One line of `doctor`.
struct HealthCheck {
    std::string topic; ///< "watches", "bus", "sandbox", "state directory", …
    std::string state; ///< "ok", "warning", "error"
    std::string text;  ///< what was found
    std::string advice; ///< what to do about it; empty if ok

    bool operator==(const HealthCheck&) const = default;
};

/// The daemon's own health.
struct Doctor {
    DaemonReport daemon;
    std::vector<HealthCheck> checks;
    std::vector<std::string> roots; ///< project roots that are watched

    bool operator==(const Doctor&) const = default;
};

} // namespace envfix::model
