#pragma once

#include "service/world.hpp"

namespace envfix::service {

/// Opens what is on disk; what is damaged is set aside, told in World::degraded, and begun anew. Errors: the system refuses.
Result<World> open_world(const app::Surroundings& surroundings);

} // namespace envfix::service
