#pragma once

#include <sdbus-c++/Types.h>

#include <string>
#include <string_view>

namespace envfix::bus {

inline constexpr const char* k_name = "org.envfix1";
inline constexpr const char* k_manager_path = "/org/envfix1";

/// Text as one component of an object path, as systemd writes it: all but letters and digits is `_xx` in hexadecimal.
std::string escaped_for_path(std::string_view text);

/// Where the object of this noun ("environment", "plan", "run", "policy") and id lies. Bytes that a path may not hold, and
/// `_`, are written `_XX` in hexadecimal; nothing at all is `_`.
sdbus::ObjectPath object_path(std::string_view noun, std::string_view id);

/// Where this run lies; "/" for no run.
sdbus::ObjectPath run_path(const std::string& id);

} // namespace envfix::bus
