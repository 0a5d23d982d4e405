#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

/// What each method of the interface may do to the machine: the table that the system bus is guarded by (THREATS.md B1).
namespace envfix::bus {

/// One for each kind of risk; all but `see` are actions of polkit.
enum class Right : std::uint8_t {
    see,            ///< what every user of the machine can read anyway; nobody is asked
    check,          ///< makes the daemon work
    plan,           ///< leaves a plan that waits
    fix,            ///< takes back, holds and releases
    approve,        ///< decides about a plan without starting it
    policy,         ///< decides what may be done from now on
    system_packages ///< starts the machine's package manager as root
};

/// "org.envfix1.check" and the like: what polkit calls it.
std::string_view action_of(Right right);

struct MethodRight {
    std::string_view interface;
    std::string_view member;
    Right right;
};

/// Every method, once.
std::span<const MethodRight> method_rights();

/// Nothing for a method that the table does not know: nobody may call it on the system bus.
std::optional<Right> right_to_call(std::string_view interface, std::string_view member);

} // namespace envfix::bus
