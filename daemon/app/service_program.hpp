#pragma once

#include "base/error.hpp"

namespace envfix::app {

/// Replaces this process by the service program, with the same arguments. `envfixd` itself is linked for a quick start; the
/// service, which links the bus, lies in `libexec/envfixd` beside it, or in ../libexec/envfix/ where it is installed.
/// Comes back only where that failed.
Error become_service_program(char** argv);

} // namespace envfix::app
