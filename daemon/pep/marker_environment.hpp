#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace envfix::pep {

/// The names a marker may use, as PEP 508 and the lock file format give them.
enum class MarkerVariable : std::uint8_t {
    implementation_name,
    implementation_version,
    os_name,
    platform_machine,
    platform_python_implementation,
    platform_release,
    platform_system,
    platform_version,
    python_full_version,
    python_version,
    sys_platform,
    extra,
    extras,
    dependency_groups
};

/// "os_name" and so on.
std::string_view to_string(MarkerVariable variable);

/// The variable of exactly that name, without the older spellings that a marker may use.
std::optional<MarkerVariable> marker_variable(std::string_view name);

/// True for those that are compared as versions.
bool holds_version(MarkerVariable variable);

/// What a marker is evaluated against: the eleven facts of an interpreter, and what was asked for.
struct MarkerEnvironment {
    std::string implementation_name;
    std::string implementation_version;
    std::string os_name;
    std::string platform_machine;
    std::string platform_python_implementation;
    std::string platform_release;
    std::string platform_system;
    std::string platform_version;
    std::string python_full_version;
    std::string python_version;
    std::string sys_platform;
    /// The extra that is being asked for, "" for none. Not set: the name is unknown, as it is for a
    /// requirement that stands by itself and in a lock file.
    std::optional<std::string> extra = "";
    /// Known in lock files only.
    std::optional<std::set<std::string>> extras;
    std::optional<std::set<std::string>> dependency_groups;

    bool operator==(const MarkerEnvironment&) const = default;
};

} // namespace envfix::pep
