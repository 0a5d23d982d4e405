#include "service/judging.hpp"

#include "capture/known_libraries.hpp"
#include "inventory/watch_folders.hpp"
#include "service/project_place.hpp"
#include "service/publishing.hpp"

#include <asio/post.hpp>

#include <utility>

namespace envfix::service {

app::Judgement judge_environment(World& world, const model::Environment& environment)
{
    return judge_environment(world, environment, world.surroundings.search_paths);
}

app::Judgement judge_environment(World& world, const model::Environment& environment,
                                 const std::vector<model::PathSetting>& session)
{
    const capture::Options options{.home = world.surroundings.home, .now_ns = wall_clock_ns(),
                                   .interpreters = &world.interpreters,
                                   .libraries = &world.libraries,
                                   .memory = &world.memory,
                                   .places = &world.places,
                                   .session = session};
    return world.judgements.judge(world.tree, as_it_lies(world, environment), world.configuration.chain, world.hashes.cache(), options);
}

Judging::Judging(World& world, AfterJudgement after) : m_world(world), m_after(std::move(after)) {}

void Judging::enqueue(const std::string& id, engine::Urgency urgency, bool may_repair)
{
    if (may_repair) {
        m_hands_off.erase(id);
    } else {
        m_hands_off.insert(id);
    }
    m_queue.request(id, urgency);
    schedule();
}

void Judging::enqueue_all()
{
    for (const auto& [id, known] : m_world.catalogue.all()) enqueue(id, engine::Urgency::sweep);
}

void Judging::forget(const std::string& id)
{
    m_hands_off.erase(id);
    m_queue.forget(id);
}

void Judging::when_idle(std::function<void()> then)
{
    m_when_idle.push_back(std::move(then));
    schedule();
}

void Judging::schedule()
{
    if (m_scheduled) return;
    if (m_queue.waiting() == 0) {
        publish_summary(m_world);
        for (const auto& then : std::exchange(m_when_idle, {})) then();
        return;
    }
    m_scheduled = true;
    asio::post(m_world.loop, [this] { next(); });
}

void Judging::next()
{
    m_scheduled = false;
    const auto id = m_queue.next();
    if (!id) return; // whatever waits is being fixed: the end of the fix goes on from here
    const bool may_repair = m_hands_off.erase(*id) == 0;
    m_queue.judged(*id); // judging takes no turn of the loop, so nothing can come between
    const auto judged = judge_now(*id, may_repair);
    (void)judged; // one that is gone by now is no error
    schedule();
}

Result<app::Judgement> Judging::judge_now(const std::string& id, bool may_repair)
{
    auto* known = m_world.catalogue.find(id);
    if (known == nullptr) return fail(ErrorCode::not_found, "environment " + id + " is not known any more");
    auto judgement = judge_environment(m_world, known->environment);
    if (judgement.report.id != id) return fail(ErrorCode::not_found, known->environment.path + " has an environment by now: " + judgement.report.path);
    const auto folders = inventory::watch_folders(known->environment, capture::site_folders(judgement.snapshot),
                                                  m_world.configuration.chain);
    if (m_world.observer != nullptr && m_world.observer->follow(id, folders)) {
        judgement = judge_environment(m_world, known->environment); // what happened before the watch went unseen
    }
    const bool is_new = !known->judged || known->report != judgement.report;
    known->report = judgement.report;
    known->judged = true;
    // What the Python of a project without an environment loads is told of that Python, and thousands of them may share it.
    known->needs_libraries = known->environment.kind != model::EnvironmentKind::project && capture::needs_libraries(judgement.snapshot);
    if (is_new) publish_environment(m_world, id);
    m_after(judgement, may_repair);
    return judgement;
}

} // namespace envfix::service
