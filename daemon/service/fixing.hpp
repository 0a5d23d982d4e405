#pragma once

#include "app/judge.hpp"
#include "bus/port.hpp"
#include "engine/limits.hpp"
#include "policy/match.hpp"
#include "service/judging.hpp"
#include "service/world.hpp"

#include <asio/awaitable.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace envfix::service {

/// What policies may ask of an environment, out of what is known of it.
policy::Facts facts_of(const Known& known);

/// From findings to a run: chooses a policy, makes the plan, waits for its approval, has it carried out, takes runs back.
class Fixing {
public:
    explicit Fixing(World& world) : m_world(world) {}

    /// Where judgements come from; set once, before anything is fixed.
    void use(Judging& judging) { m_judging = &judging; }

    /// What follows from a judgement by itself: plans that no longer hold go stale, a healthy chain goes into the store,
    /// an approved policy makes its plan (mode ask) or begins (mode auto).
    void after_judgement(const app::Judgement& judgement, bool may_repair);

    /// A transaction that a dead daemon left was finished or taken back: its run ends accordingly.
    void recovered(const remedy::Recovered& recovered);

    /// After recovery: runs that still count as running died before they changed anything.
    void close_dead_runs();

    void plan(const std::string& id, bus::Done<std::optional<model::Plan>> done);
    void fix(const std::string& id, bool consent, const bus::Caller& caller, bus::Done<std::string> done);
    void approve(const std::string& plan, const std::string& digest, const bus::Caller& caller, bus::Done<std::string> done);
    void reject(const std::string& plan, const bus::Caller& caller, bus::Done<void> done);
    void undo(const std::string& run, const bus::Caller& caller, bus::Done<std::string> done);

    /// The policies that cover what is wrong there, the one to take first.
    [[nodiscard]] std::vector<policy::Draft> drafts_for(const Known& known) const;

private:
    /// How a plan that is there, or was just made, may go on.
    struct Planned {
        model::Plan plan;
        policy::Draft draft;
    };

    asio::awaitable<Result<std::optional<Planned>>> make_plan(std::string id);
    asio::awaitable<void> answer_plan(std::string id, bus::Done<std::optional<model::Plan>> done);
    asio::awaitable<void> answer_fix(std::string id, bool consent, std::string by, bus::Done<std::string> done);
    asio::awaitable<void> carry_out(model::Environment environment, model::Plan plan, model::FixPolicy policy,
                                    model::Run run);
    asio::awaitable<void> act_by_itself(std::string id, engine::Leave leave);
    /// A policy may not act before then: the environment is judged again at that time.
    void queue_until(const std::string& id, std::int64_t until_s);
    asio::awaitable<void> judge_when_due(std::string id);

    Result<std::string> start(model::Plan plan, const policy::Draft& draft, const std::string& by);
    [[nodiscard]] Result<void> may_start(const Known& known, const policy::Draft& draft) const;
    [[nodiscard]] engine::Verdict verdict_on(const Known& known, const policy::Draft& draft, bool by_person) const;
    void set_plan_state(model::Plan& plan, model::PlanState state, const std::string& reason);
    void end_run(model::Run run);
    /// A full disk must not leave a run that ended for one that runs: tries until the history takes its end.
    asio::awaitable<void> write_later(model::Run run);
    void note_attempt(const model::Run& run);
    void mark_undone(const std::string& run_id, const std::string& how);
    void drop_stale_plans(const app::Judgement& judgement);
    void keep_in_store(const app::Judgement& judgement);

    World& m_world;
    Judging* m_judging = nullptr;
    std::map<std::string, std::string> m_kept; ///< fingerprint of what the store holds, by environment
    std::map<std::string, std::int64_t> m_queued; ///< wall clock when it may be acted on, by environment
    std::map<std::string, std::string> m_left_alone; ///< fingerprint after an undo, by environment
};

} // namespace envfix::service
