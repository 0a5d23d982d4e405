#pragma once

#include "service/world.hpp"

#include <string>

namespace envfix::service {

/// The folder that holds an environment's work area: its prefix, of a user site the user base above lib/pythonX.Y/site-packages.
std::string work_root(const model::Environment& environment);

/// What keeps our own files small: backups beyond their time or budget, the store beyond its size, old history, stages of runs
/// that died before they changed anything. Never touches an environment in which a fix is at work.
void tidy(World& world);

/// Removes the working folders that children of a dead daemon left in the state folder. Only at the start, under its lock.
void remove_dead_scratch(const std::string& state_dir);

} // namespace envfix::service
