#pragma once

#include "app/surroundings.hpp"
#include "inventory/inventory.hpp"

#include <cstdint>

namespace envfix::oneshot {

/// Where this user's interpreters lie, the machine's own included.
inventory::Places places_of(const app::Surroundings& surroundings);

std::int64_t wall_clock_ns();

} // namespace envfix::oneshot
