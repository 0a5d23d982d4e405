#pragma once

#include "app/judge.hpp"
#include "bus/port.hpp"
#include "engine/limits.hpp"
#include "service/recovery.hpp"
#include "service/store_keeping.hpp"

#include <asio/awaitable.hpp>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace envfix::service {

/// From findings to a run: who may have a plan made (Planning) and carried out (Running), and when that happens by itself.
class Fixing {
public:
    explicit Fixing(World& world) : m_world(world), m_planning(world), m_running(world, m_planning), m_store_keeping(world) {}

    /// Where judgements come from; set once, before anything is fixed.
    void use(Judging& judging);

    /// What follows from a judgement by itself: plans that no longer hold go stale, a healthy chain goes into the store,
    /// an approved policy makes its plan (mode ask) or begins (mode auto).
    void after_judgement(const app::Judgement& judgement, bool may_repair);

    /// The history at our start: what to do before anything else.
    [[nodiscard]] Recovery recovery() { return {m_world, m_planning, m_running}; }

    /// Runs that a dead daemon left to systemd (Running).
    [[nodiscard]] std::string interrupted_in(const std::string& environment_id) const { return m_running.interrupted_in(environment_id); }
    void end_interrupted() { m_running.end_interrupted(); }

    /// The store of known-good files stays sound: once, and as a task without an end.
    void check_store() { m_store_keeping.check(); }
    asio::awaitable<void> look_after_store() { return m_store_keeping.look_after(); }

    void plan(const std::string& id, bus::Done<std::optional<model::Plan>> done);
    void fix(const std::string& id, bool consent, const bus::Caller& caller, bus::Done<std::string> done);
    void approve(const std::string& plan, const std::string& digest, const bus::Caller& caller, bus::Done<std::string> done);
    void reject(const std::string& plan, const bus::Caller& caller, bus::Done<void> done)
    {
        m_planning.reject(plan, caller, std::move(done));
    }
    void undo(const std::string& run, const bus::Caller& caller, bus::Done<std::string> done)
    {
        m_running.undo(run, caller, std::move(done));
    }

    /// Of the machine's daemon: begins to install packages that somebody asked for.
    [[nodiscard]] Result<std::string> install(const std::vector<model::PackageVersion>& packages, const bus::Caller& caller)
    {
        return m_running.install(packages, caller);
    }

    /// The policies that cover what is wrong there, the one to take first.
    [[nodiscard]] std::vector<policy::Draft> drafts_for(const Known& known) const { return m_planning.drafts_for(known); }

private:
    asio::awaitable<void> answer_plan(std::string id, bus::Done<std::optional<model::Plan>> done);
    asio::awaitable<void> answer_fix(std::string id, bool consent, std::string by, bus::Done<std::string> done);
    asio::awaitable<void> act_by_itself(std::string id, engine::Leave leave);
    /// What kept every step of a plan from being done may be gone by then.
    void look_again_later(const std::string& id);
    /// A policy may not act before then: the environment is judged again at that time.
    void queue_until(const std::string& id, std::int64_t until_s);
    asio::awaitable<void> judge_when_due(std::string id);

    /// What the latest run there failed with, as a sentence; empty: nothing is known of one.
    [[nodiscard]] std::string last_proof(const std::string& id) const;
    [[nodiscard]] Result<void> may_start(const Known& known, const policy::Draft& draft) const;
    [[nodiscard]] engine::Verdict verdict_on(const Known& known, const policy::Draft& draft, bool by_person) const;

    World& m_world;
    Judging* m_judging = nullptr;
    Planning m_planning;
    Running m_running;
    StoreKeeping m_store_keeping;
    std::map<std::string, std::int64_t> m_queued; ///< wall clock when it may be acted on, by environment
};

} // namespace envfix::service
