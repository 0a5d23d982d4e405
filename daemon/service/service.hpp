#pragma once

#include "app/surroundings.hpp"

namespace envfix::service {

/// Runs the daemon until SIGTERM or SIGINT. Gives the exit code: 0 ended as asked, 1 could not start or lost the bus,
/// and says why on standard error and in the journal.
int run(const app::Surroundings& surroundings);

/// Says what is wrong with configuration and policies. Gives 0 where nothing is, else 1.
int check_configuration(const app::Surroundings& surroundings);

} // namespace envfix::service
