#pragma once

#include "desktop/notifications.hpp"
#include "engine/alerts.hpp"
#include "service/world.hpp"

#include <asio/steady_timer.hpp>

#include <functional>
#include <optional>
#include <string>

namespace envfix::service {

/// Tells the person of the user's daemon on his desktop: what breaks, and which plan waits (engine::Alerts decides). Where
/// nobody shows messages, it waits until somebody does. Belongs to the loop's thread; the world outlives it.
class Notifying {
public:
    /// Approves the plan with this digest in the name of the person whose daemon this is.
    using Approve = std::function<void(const std::string& digest, std::function<void(const Result<std::string>&)> done)>;

    Notifying(World& world, const asio::any_io_executor& loop, Approve approve);

    /// The configuration was read: begins or ends, as it says.
    void configured();
    /// Every environment that there is, is known now.
    void surveyed();

    /// How an environment is shown now. `settled`: it was judged while nobody installed there.
    void look(const model::EnvironmentReport& shown, bool settled);
    void gone(const std::string& environment);

    /// Remembers what was told, if that has changed.
    void save();

private:
    void begin();
    asio::awaitable<void> serve();
    void approved(const std::string& digest);
    void listen();
    void arm();
    void tell();

    World& m_world;
    Approve m_approve;
    engine::Alerts m_alerts;
    std::optional<desktop::Notifications> m_desktop; ///< once it was wanted
    asio::steady_timer m_timer;
    std::optional<engine::Alerts::TimePoint> m_armed;
    bool m_wanted = false;
    bool m_somebody = false; ///< shows messages
};

} // namespace envfix::service
