#pragma once

#include "base/result.hpp"

#include <optional>
#include <string>
#include <vector>

/// Named points at which a build for tests can be made to die, fail or hang, as the environment
/// variable ENVFIX_FAULT says: `name=kill`, `=enospc`, `=eio` or `=hang`, then optionally `:N`
/// (only the N-th time that the point is passed, by default the first) or `:N+` (from then on);
/// several separated by commas. Builds without the option ENVFIX_FAULTS hold no points and read no
/// variable.
namespace envfix::fs::fault {

/// Every point in this program, sorted. Empty without ENVFIX_FAULTS.
std::vector<std::string> names();

/// Replaces what ENVFIX_FAULT said, for tests inside of one process. An empty text disarms all.
/// ErrorCode::malformed for what is no such text.
Result<void> arm(const std::string& text);

/// Passes a point: dies or hangs if it is to, else gives the errno that it is to fail with.
std::optional<int> pass(const char* name);

} // namespace envfix::fs::fault

/// ENVFIX_FAULT_POINT("transaction.begin.before"): leaves the function, which gives a Result, with
/// the error that was asked for. In no template and no inline function.
#ifdef ENVFIX_FAULTS
#define ENVFIX_FAULT_POINT_IMPL_(leave, name)                                                      \
    do {                                                                                           \
        static const char* const point_ __attribute__((section("envfix_faults"), used)) = name;    \
        if (const auto fault_ = ::envfix::fs::fault::pass(point_))                                 \
            leave ::envfix::fail(::envfix::errno_error("fault " name, *fault_));                   \
    } while (false)
#else
#define ENVFIX_FAULT_POINT_IMPL_(leave, name)                                                      \
    do {                                                                                           \
    } while (false)
#endif
#define ENVFIX_FAULT_POINT(name) ENVFIX_FAULT_POINT_IMPL_(return, name)
#define ENVFIX_CO_FAULT_POINT(name) ENVFIX_FAULT_POINT_IMPL_(co_return, name)
