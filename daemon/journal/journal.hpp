#pragma once

#include "base/result.hpp"
#include "model/answers.hpp"
#include "model/environment.hpp"
#include "model/plan.hpp"
#include "model/run.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace envfix::journal {

/// One fix that was tried: what limits and quarantine are judged by.
struct Attempt {
    std::string environment; ///< its id
    std::string policy;
    std::vector<std::string> findings; ///< codes that it was to remove
    std::int64_t at_s = 0;             ///< wall clock, when it began
    bool automatic = false;            ///< no person started or approved it
    bool worked = false;

    bool operator==(const Attempt&) const = default;
};

/// An environment as it was last judged.
struct LastState {
    std::string environment; ///< its id
    std::string path;
    model::EnvironmentState state = model::EnvironmentState::healthy;
    std::string fingerprint;
    std::int64_t at_s = 0; ///< wall clock, seconds since the epoch

    bool operator==(const LastState&) const = default;
};

/// What happened: plans, runs with their events, attempts, last states; SQLite in the file
/// `journal.sqlite` of the state folder. What it says of approvals is history only: whether a
/// policy is approved stands in Approvals. Each call that writes is on disk when it returns. One
/// thread at a time. A journal that turns out damaged is set aside and begun anew.
class Journal {
public:
    /// Opens, creates or migrates it. A damaged one is renamed to `journal.sqlite.damaged-N` and a
    /// new one made: see degraded(). not_supported: a newer program made it; it stays as it is, and
    /// the message says what to do. Any other error may pass, and nothing is set aside for it.
    static Result<Journal> open(const std::string& state_dir);

    Journal(Journal&&) noexcept;
    Journal& operator=(Journal&&) noexcept;
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;
    ~Journal();

    /// What a person must know of the journal's health, one sentence; empty: all is well.
    [[nodiscard]] const std::string& degraded() const;

    /// Adds a plan; one with the same id is replaced. A plan whose digest is not plan_digest(plan)
    /// does not come back: whoever reads one here may rely on every byte of it.
    Result<void> record(const model::Plan& plan);
    /// ErrorCode::not_found.
    [[nodiscard]] Result<model::Plan> plan(const std::string& id) const;
    /// Of one environment, or of all for an empty id; last made first, `k_most_plans` at most.
    [[nodiscard]] Result<std::vector<model::Plan>> plans(const std::string& environment_id) const;
    /// ErrorCode::not_found.
    Result<void> update_plan_state(const std::string& id, model::PlanState state,
                                   const std::string& reason = {});

    /// A plan is approved and carried out: adds its run, with the events that it has, and says of the plan that it runs. Neither
    /// is there without the other. ErrorCode::not_found: the plan is not there.
    Result<void> begin_run(const model::Run& run);

    /// How durable an event has to be. All of them survive our own end.
    enum class Sync : std::uint8_t {
        now, ///< it survives the machine's, too
        with_next ///< so it does as soon as anything else is written that has to
    };
    Result<void> append_event(const std::string& run_id, const model::RunEvent& event, Sync sync = Sync::now);
    /// Writes how a run ended, or was undone: all but its events and its id. ErrorCode::not_found.
    Result<void> end_run(const model::Run& run);
    /// What the list of files in a run's backup was when the run ended: its SHA-256, in hexadecimal.
    Result<void> note_manifest(const std::string& run_id, const std::string& sha256);
    /// Empty: it was not written down.
    [[nodiscard]] Result<std::string> manifest(const std::string& run_id) const;
    [[nodiscard]] Result<model::Run> run(const std::string& id) const;
    /// Of one environment, or of all for an empty id; last begun first, with their events. `or_id`: another id that its place
    /// had or has; empty: none.
    [[nodiscard]] Result<model::Page<model::Run>>
    runs(const std::string& environment_id, std::uint32_t offset, std::uint32_t limit,
         const std::string& or_id = {}) const;
    /// Runs that have not ended: after a crash, those that recovery has to speak of.
    [[nodiscard]] Result<std::vector<model::Run>> running() const;

    Result<void> note_attempt(const Attempt& attempt);
    /// All that began at `since_s` or later, oldest first.
    [[nodiscard]] Result<std::vector<Attempt>> attempts(std::int64_t since_s) const;
    /// Those of one policy for one finding in one environment, oldest first.
    [[nodiscard]] Result<std::vector<Attempt>> attempts(const std::string& environment_id,
                                                        const std::string& policy,
                                                        const std::string& finding) const;

    Result<void> note_state(const LastState& state);
    /// Nothing: never judged.
    [[nodiscard]] Result<std::optional<LastState>>
    last_state(const std::string& environment_id) const;

    /// Forgets runs that ended, plans and attempts before a moment (seconds since the epoch), so
    /// that the file stays small. Waiting, approved and running plans stay.
    Result<void> forget_before(std::int64_t at_s);

    static constexpr std::uint32_t k_most_plans = 1'000;

private:
    struct State;

    explicit Journal(std::unique_ptr<State> state);

    std::unique_ptr<State> m_state;
};

} // namespace envfix::journal
