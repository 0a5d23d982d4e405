#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::model {

enum class RunState : std::uint8_t {
    running,
    fixed,     ///< kept, and proved
    reverted,  ///< the proof failed, or it was interrupted: everything is as before
    failed,    ///< no rung could be tried
    conflict,  ///< somebody changed the same files meanwhile; everything of ours was taken back
    undone     ///< taken back later, by a person
};
std::string_view to_string(RunState state);
std::optional<RunState> run_state(std::string_view text);

/// One line of what happened in a run.
struct RunEvent {
    std::int64_t at_ms = 0; ///< wall clock, milliseconds since the epoch
    std::string step;       ///< "stage", "trial", "transaction", "proof", "undo"
    std::string text;       ///< one sentence for a person

    bool operator==(const RunEvent&) const = default;
};

/// One execution of a plan.
struct Run {
    std::string id; ///< 12 hexadecimal digits
    std::string plan_id;
    std::string environment_id;
    std::string environment_path;
    std::string policy;
    std::string approved_by;
    std::vector<std::string> findings;
    std::int64_t started_s = 0; ///< wall clock, seconds since the epoch
    std::int64_t ended_s = 0;   ///< 0 while running
    RunState state = RunState::running;
    std::string summary; ///< "cffi 1.15.1 restored from the store"
    std::string proof;   ///< how it was proved, or why the proof failed
    std::vector<RunEvent> events;

    bool operator==(const Run&) const = default;
};

} // namespace envfix::model
