#pragma once

#include "model/policy.hpp"
#include "policy/window.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The brakes: whether a policy may act now. Pure; the clock and the history are values.
namespace envfix::engine {

/// One fix that was tried, as the journal has it.
struct PastFix {
    std::string environment; ///< its id
    std::string policy;
    std::vector<std::string> findings; ///< codes that it was to remove
    std::int64_t at_s = 0;             ///< wall clock, when it began
    bool automatic = false;            ///< no person started or approved it
    bool worked = false;

    bool operator==(const PastFix&) const = default;
};

/// Ceilings above whatever a policy says (THREATS.md W5). A configuration may only lower them.
struct Ceilings {
    int fixes_per_day = 3;    ///< for each environment, in any 24 hours
    int breaker_failures = 5; ///< automatic fixes that failed within an hour, in all environments
    int breaker_fixes = 30;   ///< automatic fixes within an hour, in all environments
    bool automatic = true;    ///< false: no fix without a person
    bool contained = true;    ///< false: the daemon's own sandbox does not hold, so that it does nothing by itself
};

/// What is asked.
struct Intent {
    const model::FixPolicy& policy;
    std::string_view environment;
    std::span<const std::string> findings; ///< codes that are there now
    bool policy_approved = false;
    bool by_person = false; ///< a person started it, or approved its plan
    std::string_view held;  ///< why a person asked to keep off; empty: nobody did
    std::int64_t released_s =
        0; ///< when a person last released the environment; failures before do not count
};

enum class Leave : std::uint8_t {
    go,
    ask,         ///< make the plan and wait for a person
    wait,        ///< not before `until_s`
    quarantined, ///< no more, until a person releases the environment
    observe      ///< only tell
};

std::string_view to_string(Leave leave);

struct Verdict {
    Leave leave = Leave::observe;
    std::int64_t until_s = 0; ///< of `wait`: seconds since the epoch
    std::string why;          ///< one sentence for a person

    bool operator==(const Verdict&) const = default;
};

/// Judges one intent. `history` are the fixes of all environments, in any order; entries of the
/// future (the clock was put back) count as of now. `local` is `now_s` on the wall clock.
///
/// A person is only stopped by `held` and by quarantine. Everything else, in this order: an
/// unapproved policy and mode observe only tell, mode ask asks, quarantine after `attempts`
/// failures in a row, a cooldown that doubles with each of them (a day at most), one automatic try
/// for each finding in 24 hours, the fixes of a day, the breaker over all environments, the
/// policy's window.
Verdict judge(const Intent& intent, std::span<const PastFix> history, const Ceilings& ceilings,
              std::int64_t now_s, policy::LocalTime local);

/// Failures in a row of this policy for one of these findings in this environment, since the last
/// time it worked or a person released it.
int failures_in_a_row(const Intent& intent, std::span<const PastFix> history);

} // namespace envfix::engine
