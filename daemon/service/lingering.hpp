#pragma once

#include "model/answers.hpp"
#include "service/world.hpp"

#include <optional>

namespace envfix::service {

/// Whether the user's daemon goes on working once nobody is logged in (loginctl(1), enable-linger); nothing to say where there is
/// no systemd, and of the machine's daemon.
std::optional<model::HealthCheck> lingering(const World& world);

} // namespace envfix::service
