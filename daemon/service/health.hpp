#pragma once

#include "model/answers.hpp"
#include "service/world.hpp"

namespace envfix::service {

/// The daemon in a line.
model::DaemonReport daemon_report(const World& world);

/// The daemon's own health: watches, bus, state directory, configuration, what cannot be done here.
model::Doctor examine(const World& world);

} // namespace envfix::service
