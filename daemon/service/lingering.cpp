#include "service/lingering.hpp"

#include <systemd/sd-daemon.h>
#include <systemd/sd-login.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string_view>

namespace envfix::service {

namespace {

using Text = std::unique_ptr<char, decltype(&::free)>;

/// Of this user; read from files of systemd-logind, without asking it.
bool has_graphical_session()
{
    char* name = nullptr;
    if (::sd_uid_get_display(::geteuid(), &name) < 0) return false;
    const Text session(name, ::free);
    char* kind = nullptr;
    if (::sd_session_get_type(session.get(), &kind) < 0) return false;
    const Text type(kind, ::free);
    const std::string_view text(type.get());
    return text == "x11" || text == "wayland" || text == "mir";
}

} // namespace

std::optional<model::HealthCheck> lingering(const World& world)
{
    if (world.surroundings.instance != app::Instance::user || ::sd_booted() <= 0) return std::nullopt;
    model::HealthCheck check{.topic = "lingering", .state = "ok"};
    if (world.tree.stat("/var/lib/systemd/linger/" + world.surroundings.user)) {
        check.text = "on: this daemon works also while you are not logged in";
    } else if (has_graphical_session()) {
        check.text = "off: this daemon works while you are logged in";
    } else {
        check.state = "warning";
        check.text = "off, and you have no graphical session: this daemon ends with your last login";
        check.advice = "loginctl enable-linger, if it is to work while you are not logged in";
    }
    return check;
}

} // namespace envfix::service
