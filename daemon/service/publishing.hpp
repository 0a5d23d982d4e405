#pragma once

#include "service/world.hpp"

#include <string>

namespace envfix::service {

/// An environment's report as it is shown now.
model::EnvironmentReport shown_report(const World& world, const Known& known);

/// Tells the bus, the system's journal and the person what an environment looks like now.
void publish_environment(World& world, const std::string& id);

/// Tells systemd how all of them do, and the system's journal what newly stands in our way, if that may have changed since it was told last. Counts: not for every one of many changes.
void publish_summary(World& world);

/// What the machine's daemon may do though its sandbox should keep it from that, in a sentence; empty where it holds.
std::string sandbox_fault(const World& world);

/// What stands in the way of doing all of our work; a sentence each.
std::vector<std::string> degraded_texts(const World& world);

} // namespace envfix::service
