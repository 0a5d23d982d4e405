#pragma once

#include "cli/arguments.hpp"

namespace envfix::cli {

/// `envfixctl run -- CMD…`: runs the command and ends as it ends, whatever else goes wrong. Where it fails, and nobody asked it
/// to, what it wrote on standard error goes to the daemon with the variables that say which Python it used (PATH, VIRTUAL_ENV,
/// PYTHONPATH), and the diagnosis is added to standard error.
[[noreturn]] void run_command(const Request& request);

} // namespace envfix::cli
