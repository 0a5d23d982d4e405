#pragma once

#include "apply/record.hpp"

#include <string>
#include <vector>

namespace envfix::apply {

/// The one command line that the helper knows (THREATS.md X5): installs, or installs again, and nothing else. No package is
/// removed, downgraded, taken off hold, or taken from an unsigned source; the administrator's configuration files stay.
std::vector<std::string> apt_command(const Record& record);

/// All that apt-get and the packages' own scripts see of the environment.
std::vector<std::string> apt_environment();

} // namespace envfix::apply
