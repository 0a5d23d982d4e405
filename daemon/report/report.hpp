#pragma once

/// What is told of environments, plans and runs, as JSON documents and as text for a terminal. Pure: the daemon's one-shot
/// commands and envfixctl use the same functions, so that their output is the same to the byte.
#include "report/exit_code.hpp"
#include "report/json.hpp"
#include "report/views.hpp"
