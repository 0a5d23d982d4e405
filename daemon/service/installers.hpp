#pragma once

#include "service/world.hpp"

#include <optional>
#include <string>

namespace envfix::service {

/// Which of pip, uv, poetry, conda, apt or dpkg works in this environment now, as far as can be seen; our own children do
/// not count. Nothing: none does.
std::optional<std::string> installer_at_work(const fs::Tree& tree, const model::Environment& environment);
std::optional<std::string> installer_at_work(const World& world, const model::Environment& environment);

} // namespace envfix::service
