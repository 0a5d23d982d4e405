#include "service/notifying.hpp"

#include "base/printable.hpp"
#include "service/planning.hpp"

#include <asio/this_coro.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

namespace envfix::service {

namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* k_answer = "answer"; ///< key of what we say to a button; no id of an environment

engine::Problem problem_of(const World& world, const model::EnvironmentReport& shown)
{
    engine::Problem problem{.environment = shown.id, .path = shown.path};
    for (const auto severity : {model::Severity::error, model::Severity::warning}) {
        for (const auto& finding : shown.findings) {
            if (finding.severity != severity) continue;
            if (problem.codes.empty()) problem.summary = finding.summary;
            problem.codes.insert(finding.code);
        }
        if (!problem.codes.empty()) break; // a warning is no news beside an error
    }
    const bool waits = shown.state == model::EnvironmentState::awaiting_approval;
    if (const auto* plan = waits ? world.plans.waiting(shown.id) : world.plans.advice(shown.id)) {
        problem.plan = plan->id;
        problem.plan_digest = plan->digest;
        if (!waits) problem.advice = told_in_a_line(*plan);
    }
    return problem;
}

} // namespace

Notifying::Notifying(World& world, const asio::any_io_executor& loop, Approve approve)
    : m_world(world), m_approve(std::move(approve)), m_alerts(world.remembered.told), m_timer(loop)
{
}

void Notifying::configured()
{
    const bool wanted = m_world.configuration.daemon.notify_desktop && m_world.surroundings.instance == app::Instance::user;
    if (std::exchange(m_wanted, wanted) == wanted) return;
    if (wanted && !m_desktop) begin();
    if (!wanted && m_desktop) {
        for (const auto& key : m_alerts.open()) m_desktop->close(key);
    }
    listen();
}

void Notifying::begin()
{
    auto opened = desktop::Notifications::open(m_world.loop, {.available =
                                                                  [this](bool somebody) {
                                                                      m_somebody = somebody;
                                                                      listen();
                                                                  },
                                                              .approved = [this](const auto& digest) { approved(digest); },
                                                              .dismissed =
                                                                  [this](const auto& key) {
                                                                      m_alerts.dismissed(key);
                                                                  }});
    if (!opened) {
        spdlog::debug("{}", escape_untrusted(opened.error().message));
        return;
    }
    m_desktop.emplace(*std::move(opened));
    m_world.tasks->start("notifications", serve());
}

asio::awaitable<void> Notifying::serve()
{
    const auto ended = co_await m_desktop->run();
    if (!ended) spdlog::debug("{}", escape_untrusted(ended.error().message)); // who serves the bus says it aloud
}

void Notifying::listen()
{
    m_alerts.listen(m_wanted && m_somebody, Clock::now());
    arm();
}

void Notifying::surveyed()
{
    std::set<std::string> known;
    for (const auto& [id, entry] : m_world.catalogue.all()) known.insert(id);
    m_alerts.keep_only(known);
}

void Notifying::look(const model::EnvironmentReport& shown, bool settled)
{
    if (!m_wanted) return;
    switch (shown.state) {
    case model::EnvironmentState::healthy:
    case model::EnvironmentState::degraded: m_alerts.well(shown.id, Clock::now()); break;
    case model::EnvironmentState::fixing:
    case model::EnvironmentState::unverifiable: m_alerts.unclear(shown.id); break;
    case model::EnvironmentState::broken:
    case model::EnvironmentState::awaiting_approval:
    case model::EnvironmentState::quarantined: {
        auto problem = problem_of(m_world, shown);
        if (settled || !problem.plan.empty()) {
            m_alerts.wrong(std::move(problem), Clock::now());
        } else {
            m_alerts.wrong_for_now(std::move(problem), Clock::now());
        }
    }
    }
    arm();
}

void Notifying::gone(const std::string& environment)
{
    m_alerts.well(environment, Clock::now());
    arm();
}

/// One timer for the next deadline; it is left alone while that stays the same.
void Notifying::arm()
{
    const auto due = m_alerts.next_deadline();
    if (due == m_armed) return;
    m_armed = due;
    if (!due) {
        m_timer.cancel();
        return;
    }
    m_timer.expires_at(*due);
    m_timer.async_wait([this](const asio::error_code& error) {
        if (error) return;
        m_armed.reset();
        tell();
        arm();
    });
}

void Notifying::tell()
{
    for (const auto& alert : m_alerts.take_due(Clock::now())) {
        if (const auto* message = std::get_if<engine::Tell>(&alert)) {
            m_desktop->show(message->key, desktop::notice_of(*message, m_world.surroundings.home));
        } else {
            m_desktop->close(std::get<engine::Withdraw>(alert).key);
        }
    }
    save();
}

void Notifying::approved(const std::string& digest)
{
    m_approve(digest, [this](const Result<std::string>& started) {
        if (started || !m_desktop) return;
        spdlog::info("not repaired: {}", escape_untrusted(started.error().message));
        m_desktop->show(k_answer, {.title = "Not repaired", .body = Printable(started.error().message).text()});
    });
}

void Notifying::save()
{
    if (m_world.remembered.told == m_alerts.told()) return;
    m_world.remembered.told = m_alerts.told();
    const auto saved = save_remembered(m_world.surroundings.state_dir, m_world.remembered);
    if (!saved) spdlog::debug("{}", escape_untrusted(saved.error().message)); // it may be told once more, that is all
}

} // namespace envfix::service
