#pragma once

#include "fs/tree.hpp"
#include "inventory/inventory.hpp"
#include "model/place.hpp"

#include <span>
#include <vector>

namespace envfix::inventory {

/// The environments that lie at these places, each once, those of the last place first: at most three, and none for a place that
/// is not here or holds no Python. Where a prefix has several interpreters, the one of the place's version. Looks at the places
/// themselves only, never below them, and starts nothing.
std::vector<model::Environment> environments_at(const fs::Tree& tree, std::span<const model::NamedPlace> named,
                                                const Places& places);

} // namespace envfix::inventory
