#pragma once

#include "app/judge.hpp"
#include "engine/queue.hpp"
#include "service/world.hpp"

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace envfix::service {

/// Judges environments one after the other, one in each turn of the loop, so that a thousand of them keep nobody waiting.
class Judging {
public:
    /// Called after each judgement, on the loop's thread: what was found, and whether a repair may begin now.
    using AfterJudgement = std::function<void(const app::Judgement&, bool may_repair)>;

    Judging(World& world, AfterJudgement after);

    /// Asks for a judgement. `may_repair` false: an installer works there.
    void enqueue(const std::string& id, engine::Urgency urgency, bool may_repair = true);
    void enqueue_all();
    void forget(const std::string& id);

    /// Judges at once and publishes. Errors: not_found.
    Result<app::Judgement> judge_now(const std::string& id, bool may_repair);

    /// The queue also says where a fix may begin.
    [[nodiscard]] engine::Queue& queue() { return m_queue; }

    /// Calls it as soon as nothing waits to be judged, at once if nothing does.
    void when_idle(std::function<void()> then);

    /// Goes on with what waits, after a fix has ended.
    void resume() { schedule(); }

private:
    static constexpr std::size_t k_most_fixes = 4; ///< at a time, each in an environment of its own

    void schedule();
    void next();

    World& m_world;
    AfterJudgement m_after;
    engine::Queue m_queue{k_most_fixes};
    std::set<std::string> m_hands_off; ///< an installer was at work when it was asked for
    std::vector<std::function<void()>> m_when_idle;
    bool m_scheduled = false;
};

/// The judgement of an environment as it lies on disk now, whether it is known or not.
app::Judgement judge_environment(World& world, const model::Environment& environment);

/// The same for a program that was started with these search paths, and not with those of the daemon's session.
app::Judgement judge_environment(World& world, const model::Environment& environment,
                                 const std::vector<model::PathSetting>& session);

} // namespace envfix::service
