#pragma once

#include "model/interpreter.hpp"
#include "service/world.hpp"

#include <vector>

namespace envfix::service {

/// The interpreters that are known here and are no venv's: those with which a venv can be made. What cannot be described is
/// left out.
std::vector<model::Interpreter> base_interpreters(World& world);

} // namespace envfix::service
