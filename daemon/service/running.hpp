#pragma once

#include "remedy/repair.hpp"
#include "service/packages.hpp"
#include "service/planning.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace envfix::service {

/// Who approved a run that no person started.
inline constexpr const char* k_automatic = "policy in mode auto";

/// From a plan to what became of it: carries plans out, one run each, and takes runs back.
class Running {
public:
    Running(World& world, Planning& planning) : m_world(world), m_planning(planning) {}

    /// Where judgements come from; set once, before anything is run.
    void use(Judging& judging) { m_judging = &judging; }

    /// Begins a plan that waits. `asked_ms`: wall clock when `by` asked for it; `before`: the environment as it was judged since.
    /// Gives the run's id. Errors: not_found, not_supported (it only advises), plan_changed, busy,
    /// no_space and others of the journal: what cannot be written down is not done.
    Result<std::string> start(model::Plan plan, const policy::Draft& draft, const std::string& by, std::int64_t asked_ms,
                              app::Judgement before);

    /// Begins to have packages of the system installed again in just these versions, for somebody who was asked by polkit. Gives the
    /// run's id. Errors: those of as_installed(), held, busy, those of the journal.
    Result<std::string> install(const std::vector<model::PackageVersion>& packages, const bus::Caller& caller);

    /// Takes a run back. Gives its id.
    void undo(const std::string& run, const bus::Caller& caller, bus::Done<std::string> done);

    /// A run that a dead daemon left to systemd: its end is found out by end_interrupted(), and until then nothing else is begun
    /// there. False: this one was not.
    bool keep_interrupted(const model::Run& run);
    /// The id of such a run in this environment; empty: there is none.
    [[nodiscard]] std::string interrupted_in(const std::string& environment_id) const;
    /// Plans of such runs.
    [[nodiscard]] std::set<std::string> interrupted_plans() const;
    /// Finds out how they ended; once, when the bus is open and the environments are known.
    void end_interrupted();

    /// Whether the environment is as a person wanted it when he took a run back.
    [[nodiscard]] bool was_taken_back(const std::string& id, const std::string& fingerprint) const;

    /// Counts a run for limits and quarantine.
    void note_attempt(const model::Run& run);
    /// Writes down what the backup of a run that ended well says, so that nobody can change it unseen.
    void note_manifest(const model::Run& run);
    /// A run was taken back: its history says so, and how.
    void mark_undone(const std::string& run_id, const std::string& how);

private:
    asio::awaitable<void> carry_out(model::Environment environment, model::Plan plan, model::FixPolicy policy,
                                    model::Run run, app::Judgement before);
    /// Tries the rungs of a user's plan in order: those that change the environment by repair(), the others by the machine's daemon.
    /// Errors of both; cancelled: only where the machine's daemon is at work.
    asio::awaitable<Result<remedy::RepairEnd>> climb(model::Environment environment, remedy::RepairRequest request,
                                                     remedy::RepairPorts ports);
    asio::awaitable<void> install_for_system(model::Environment environment, model::Plan plan, model::Run run);
    struct Interrupted {
        model::Run run;
        model::Plan plan;
    };
    asio::awaitable<void> wait_for_end(model::Environment environment, Interrupted interrupted);
    Result<std::string> begin_install(const std::vector<model::PackageVersion>& packages, const bus::Caller& caller);
    asio::awaitable<void> install_asked(model::Plan plan, model::Run run);
    asio::awaitable<void> wait_for_install(Interrupted interrupted);
    /// Writes down and tells what happens in a run.
    std::function<void(const model::RunEvent&)> telling(const std::string& run_id);
    /// Writes down what became of the plan and of the run.
    void conclude(const Result<remedy::RepairEnd>& ended, model::Plan plan, model::Run run);
    void end_run(model::Run run);
    /// A full disk must not leave a run that ended for one that runs: tries until the history takes its end.
    asio::awaitable<void> write_later(model::Run run);

    World& m_world;
    Planning& m_planning;
    Judging* m_judging = nullptr;
    std::vector<Interrupted> m_interrupted;
    PackageAllowance m_allowance;
    std::map<std::string, std::string> m_left_alone; ///< fingerprint after an undo, by environment
};

} // namespace envfix::service
