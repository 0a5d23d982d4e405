#pragma once

#include "service/world.hpp"

namespace envfix::service {

/// What keeps our own files small: backups beyond their time or budget, the store beyond its size, old history, stages of runs
/// that died before they changed anything. Never touches an environment in which a fix is at work.
void tidy(World& world);

} // namespace envfix::service
