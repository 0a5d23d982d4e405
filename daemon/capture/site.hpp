#pragma once

#include "capture/command_line.hpp"
#include "capture/startup.hpp"
#include "capture/sys_path.hpp"
#include "capture/view.hpp"

namespace envfix::capture {

/// What the site module makes of the start-up code's search path: duplicates out, a venv's
/// folders, the user's, the system's, and after each of them what its .pth files add.
SysPath run_site(const View& view, const PathFacts& facts, const Invocation& invocation,
                 const StartOptions& options, const Startup& startup);

} // namespace envfix::capture
