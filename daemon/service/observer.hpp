#pragma once

#include "base/result.hpp"
#include "engine/settle.hpp"
#include "inventory/inventory.hpp"
#include "inventory/watch_folders.hpp"
#include "watch/watcher.hpp"

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace envfix::service {

/// What the observer tells. Called on the loop's thread.
struct ObserverSink {
    std::function<void(const std::vector<model::Environment>&)> appeared;
    std::function<void(const std::vector<model::Environment>&)> vanished;
    std::function<void(const engine::Settled&)> settled;  ///< time to judge one
    std::function<void()> events_lost;                    ///< time to judge all
    std::function<std::vector<std::string>()> needing_libraries; ///< environments that the system's libraries concern
    std::function<void()> surveyed;                       ///< every root has been looked at
    /// Whether an installer works in this environment now, as far as can be seen.
    std::function<bool(const std::string& environment)> installer_at_work;
};

/// The shell around watch::Watcher and engine::Settler: facts in, environments that are to be judged out.
class Observer {
public:
    static Result<std::unique_ptr<Observer>> open(const asio::any_io_executor& loop, const asio::any_io_executor& pool,
                                                  fs::Tree tree, const watch::Options& options, engine::Pace pace,
                                                  ObserverSink sink);

    void look(inventory::Places places) { m_watcher->look(std::move(places)); }

    /// Watches an environment's folders; true: capture once more, what happened until now went unseen.
    bool follow(const std::string& environment, std::vector<inventory::WatchedFolder> folders)
    {
        return m_watcher->follow(environment, std::move(folders));
    }

    void forget(const std::string& environment);

    /// Asks for a judgement without anything having been seen.
    void ask(const std::string& environment);

    [[nodiscard]] bool in_progress(const std::string& environment) const { return m_settler.in_progress(environment); }

    [[nodiscard]] watch::Status status() const { return m_watcher->status(); }

    /// Observes until cancelled. An error: nothing can be watched any more.
    asio::awaitable<Result<bool>> run();

    void stop();

private:
    Observer(const asio::any_io_executor& loop, std::unique_ptr<watch::Watcher> watcher, engine::Pace pace, ObserverSink sink);

    void take(watch::News news);
    void look_for_installers(const std::string& environment);
    void arm();
    void fire();
    void await_end_of_installers();

    std::unique_ptr<watch::Watcher> m_watcher;
    engine::Settler m_settler;
    ObserverSink m_sink;
    asio::steady_timer m_deadline;
    asio::steady_timer m_look_again; ///< runs only while an installer is known to be at work
    bool m_looking_again = false;
};

} // namespace envfix::service
