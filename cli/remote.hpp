#pragma once

#include "cli/arguments.hpp"

#include <string>
#include <vector>

namespace envfix::cli {

/// The argument list for ssh: `ssh -- HOST envfixctl …`, its words quoted again, for the shell of that host reads them.
/// `terminal`: also one on the other side, so that it may ask.
std::vector<std::string> ssh_command(const Request& request, bool terminal);

/// Runs it and waits. Gives its exit code; 8 where ssh cannot reach the host.
int run_ssh(const std::vector<std::string>& command);

} // namespace envfix::cli
