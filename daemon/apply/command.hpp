#pragma once

#include "apply/record.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace envfix::apply {

/// The one command line that the helper knows (THREATS.md X5): installs, or installs again, just these versions, and nothing else.
/// No package is removed, downgraded, taken off hold, or taken from an unsigned source; the administrator's configuration files
/// stay.
std::vector<std::string> apt_command(const Record& record);

/// The same, asking only what it would do.
std::vector<std::string> apt_simulation(const Record& record);

/// Whether what the simulation said it would do is what the record asks for: each of its packages in its version, in place of the
/// same version or of none, and no other one. ErrorCode::plan_changed says how it differs.
Result<void> does_just_that(const Record& record, std::string_view said);

/// All that apt-get and the packages' own scripts see of the environment.
std::vector<std::string> apt_environment();

} // namespace envfix::apply
