#pragma once

#include "base/error.hpp"

#include <sdbus-c++/Error.h>

#include <string>
#include <string_view>

namespace envfix::wire {

/// The one place where an Error becomes a D-Bus error, and where one comes back (DESIGN.md 9). `from_dbus(to_dbus(e)) == e`
/// for every code; the errors of the bus itself (no owner, access denied, no reply) become io, denied, timed_out.
sdbus::Error to_dbus(const Error& error);
Error from_dbus(const sdbus::Error& error);

/// "org.envfix1.Error.NotFound"
std::string_view error_name(ErrorCode code);

/// Whether the error says that nobody is there to answer: no bus, no owner of the name, gone before it answered.
bool says_unreachable(const sdbus::Error& error);

} // namespace envfix::wire
