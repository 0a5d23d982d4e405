#pragma once

#include "capture/command_line.hpp"
#include "capture/startup.hpp"
#include "capture/sys_path.hpp"
#include "capture/view.hpp"

#include <optional>
#include <string>

namespace envfix::capture {

/// What the site module makes of the start-up code's search path: duplicates out, a venv's
/// folders, the user's, the system's, and after each of them what its .pth files add.
SysPath run_site(const View& view, const PathFacts& facts, const Invocation& invocation,
                 const StartOptions& options, const Startup& startup);

/// The prefix of the venv that `executable` (absolute) enters: pyvenv.cfg lies beside it or one
/// folder up, and, from 3.14 on as before, site calls the upper folder the prefix.
std::optional<std::string> venv_prefix_of(const View& view, const std::string& executable);

} // namespace envfix::capture
