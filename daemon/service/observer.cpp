#include "service/observer.hpp"

#include <chrono>
#include <optional>
#include <set>
#include <utility>

namespace envfix::service {

namespace {

using watch::FactKind;

/// How often the end of an installer is looked for that has fallen silent.
constexpr std::chrono::milliseconds k_look_again{500};

bool is_a_loss(FactKind kind)
{
    return kind == FactKind::metadata_vanished || kind == FactKind::compiled_vanished;
}

engine::TimePoint now()
{
    return std::chrono::steady_clock::now();
}

} // namespace

Result<std::unique_ptr<Observer>> Observer::open(const asio::any_io_executor& loop, const asio::any_io_executor& pool,
                                                 fs::Tree tree, const watch::Options& options, engine::Pace pace,
                                                 ObserverSink sink)
{
    ENVFIX_TRY(auto watcher, watch::Watcher::open(loop, pool, std::move(tree), options));
    return std::unique_ptr<Observer>(new Observer(loop, std::move(watcher), pace, std::move(sink)));
}

Observer::Observer(const asio::any_io_executor& loop, std::unique_ptr<watch::Watcher> watcher, engine::Pace pace,
                   ObserverSink sink)
    : m_watcher(std::move(watcher)), m_settler(pace), m_sink(std::move(sink)), m_deadline(loop), m_look_again(loop)
{
}

void Observer::forget(const std::string& environment)
{
    m_settler.forget(environment);
    m_watcher->forget(environment);
}

void Observer::ask(const std::string& environment)
{
    m_settler.note({.environment = environment, .sight = engine::Sight::look}, now());
    arm();
}

void Observer::stop()
{
    m_deadline.cancel();
    m_look_again.cancel();
    m_watcher->stop();
}

asio::awaitable<Result<bool>> Observer::run()
{
    const watch::Watcher::Sink sink = [this](watch::News news) { take(std::move(news)); };
    auto ended = co_await m_watcher->run(sink);
    co_return ended;
}

void Observer::take(watch::News news)
{
    if (!news.vanished.empty()) {
        for (const auto& environment : news.vanished) m_settler.forget(environment.id);
        m_sink.vanished(news.vanished);
    }
    if (!news.appeared.empty()) m_sink.appeared(news.appeared);
    std::set<std::string> asked; // looking through all processes costs more than judging: once for each environment
    for (const auto& fact : news.facts) {
        if (is_a_loss(fact.kind) && asked.insert(fact.environment).second) look_for_installers(fact.environment);
        m_settler.note(watch::event_of(fact), now());
    }
    if (news.libraries_changed) {
        // dpkg and ldconfig write several times: judged is when they have fallen silent.
        for (const auto& environment : m_sink.needing_libraries())
            m_settler.note({.environment = environment, .sight = engine::Sight::other}, now());
    }
    if (news.events_lost) m_sink.events_lost();
    if (news.surveyed) m_sink.surveyed();
    fire(); // damage is judged in the same turn of the loop
}

void Observer::look_for_installers(const std::string& environment)
{
    // The first thing that pip does is to move files away: whoever asks for installers only afterwards takes that for damage.
    if (!m_sink.installer_at_work(environment)) return;
    m_settler.note({.environment = environment, .sight = engine::Sight::installer_started}, now());
}

void Observer::arm()
{
    const auto next = m_settler.next_deadline();
    if (!next) {
        m_deadline.cancel();
        return;
    }
    m_deadline.expires_at(*next);
    m_deadline.async_wait([this](const asio::error_code& error) {
        if (!error) fire();
    });
}

void Observer::fire()
{
    for (const auto& settled : m_settler.take_settled(now())) {
        const bool at_work = !settled.may_repair && m_sink.installer_at_work(settled.environment);
        if (!settled.may_repair && !at_work) {
            m_settler.note({.environment = settled.environment, .sight = engine::Sight::installer_ended}, now());
        }
        m_watcher->settled(settled.environment);
        m_sink.settled(settled);
    }
    arm();
    await_end_of_installers();
}

void Observer::await_end_of_installers()
{
    // pip writes its last file long before it ends, and its end touches nothing: what it broke would be left alone for ever.
    if (m_looking_again || m_settler.with_installer().empty()) return;
    m_looking_again = true;
    m_look_again.expires_after(k_look_again);
    m_look_again.async_wait([this](const asio::error_code& error) {
        if (error) return;
        m_looking_again = false;
        for (const auto& environment : m_settler.with_installer()) {
            if (m_sink.installer_at_work(environment)) continue;
            m_settler.note({.environment = environment, .sight = engine::Sight::installer_ended}, now());
        }
        fire();
    });
}

} // namespace envfix::service
