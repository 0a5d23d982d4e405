#pragma once

#include "bus/port.hpp"
#include "policy/match.hpp"
#include "probe/probe.hpp"
#include "remedy/surroundings.hpp"
#include "service/judging.hpp"
#include "service/turns.hpp"
#include "service/world.hpp"

#include <asio/awaitable.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace envfix::service {

/// What policies may ask of an environment, out of what is known of it.
policy::Facts facts_of(const Known& known);

/// Whether a finding asks for anything to be done.
bool is_wrong(const model::Finding& finding);

/// Whether nothing of it can be done but to tell the person, or nothing at all since each rung is left out.
bool only_advises(const model::Plan& plan);

/// Whether what keeps a plan from being done may be gone when it is worked out the next time: an index is there again, or the
/// machine's daemon.
bool may_come_back(const model::Plan& plan);

/// What the person is told where nothing is safe to do, and why the rungs before do not do it, on one line.
std::string told_in_a_line(const model::Plan& plan);

/// The same as the answer to who wants such a plan carried out.
std::string refusal_of(const model::Plan& plan);

/// What a policy tells a person that does nothing else; empty where it may do something.
std::string advice_of(const policy::Draft& draft);

/// How a person who calls is written down.
std::string by_of(const bus::Caller& caller, const World& world);

/// What pip and the interpreters of a fix see of this machine.
remedy::Surroundings surroundings_of(const World& world);

/// What has to work after a fix that removes these findings: for its trial and its proof.
probe::Request proof_request(const World& world, const app::Judgement& judgement, const std::vector<std::string>& findings);

/// A plan that is there, or was just made, and the policy that it follows.
struct Planned {
    model::Plan plan;
    policy::Draft draft;
};

/// From findings to a plan: chooses a policy, makes the plan, and keeps what becomes of it.
class Planning {
public:
    explicit Planning(World& world) : m_world(world) {}

    /// Where judgements come from; set once, before anything is planned.
    void use(Judging& judging) { m_judging = &judging; }

    /// The policies that cover what is wrong there, the one to take first.
    [[nodiscard]] std::vector<policy::Draft> drafts_for(const Known& known) const;

    /// Judges the environment, and makes its plan or gives the one that still waits; nothing where nothing is wrong.
    /// Where every step is left out, they are worked out again, and the plan stays the one that it was if nothing has changed.
    /// Errors: not_found, not_supported (no policy covers it, or it could not be checked), busy (a run works there), plan_changed
    /// (the environment moved meanwhile), those of remedy::resolve.
    ///
    /// Where the policy is approved and the first rung needs nothing but the store, that rung is tried now, in a copy of the
    /// environment: one that does not do it is left out, and with one that does nobody waits for its trial later. One trial at a
    /// time in all environments: without `slot` there is none now while another is at work, and a plan that waits untried is given
    /// as it is.
    asio::awaitable<Result<std::optional<Planned>>> make(std::string id, std::optional<Turns::Turn> slot);

    /// The right to try something, in turn. The only error is `cancelled`.
    asio::awaitable<Result<Turns::Turn>> trial_slot();

    /// Waits until nothing is planned or tried in that environment.
    asio::awaitable<void> come_to_an_end(std::string id);

    /// Whether a plan that waits could be tried by now and was not.
    [[nodiscard]] bool wants_trial(const model::Plan& plan, const policy::Draft& draft) const;

    /// Plans that no longer hold go stale.
    void drop_stale(const app::Judgement& judgement);

    /// Whether it is worth while to plan again where nothing could be done: not again and again, but indexes come back.
    [[nodiscard]] bool may_look_again(const model::Plan& plan, const policy::Draft& draft) const;

    void reject(const std::string& plan, const bus::Caller& caller, bus::Done<void> done);

    /// Writes it down and tells it; `plan` is as it stands then, which is as before where it could not be written.
    void set_state(model::Plan& plan, model::PlanState state, const std::string& reason);

private:
    /// While a run works in an environment nothing is planned there: it is neither what it was nor what it will be. Errors: busy,
    /// not_found.
    [[nodiscard]] Result<void> check_idle(const std::string& id) const;

    /// A ladder, and the key of the trial of its first rung.
    struct Ladder {
        std::vector<model::Rung> rungs;
        bool tried = false;
        std::string key; ///< empty: it could not be tried
    };
    /// Tries the first rungs as far as they need nothing but the store. The only error is `cancelled`.
    asio::awaitable<Result<Ladder>> try_out(std::vector<model::Rung> rungs, app::Judgement judgement, policy::Draft draft,
                                             std::optional<Turns::Turn> slot);
    /// Notes on the plan that it was tried.
    void note_tried(model::Plan& plan, const Ladder& ladder);

    static constexpr std::int64_t k_pause_s = 60; ///< between two looks at what could not be done

    World& m_world;
    Judging* m_judging = nullptr;
    Turns m_turns; ///< by environment
    std::map<std::string, std::int64_t> m_looked; ///< boottime of the last time that steps were worked out, by environment
};

} // namespace envfix::service
