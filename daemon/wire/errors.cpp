#include "wire/errors.hpp"

#include "model/names.hpp"
#include "report/text.hpp"
#include "wire/sdbus_compat.hpp"

#include <algorithm>
#include <array>

namespace envfix::wire {

namespace {

// D-Bus allows letters, digits and '_' here; a '-' makes the reply vanish (NoReply).
constexpr model::Names<ErrorCode, 15> k_names{{
    {ErrorCode::not_found, "org.envfix1.Error.NotFound"},
    {ErrorCode::denied, "org.envfix1.Error.AuthFailed"},
    {ErrorCode::malformed, "org.envfix1.Error.Malformed"},
    {ErrorCode::timed_out, "org.envfix1.Error.TimedOut"},
    {ErrorCode::busy, "org.envfix1.Error.Busy"},
    {ErrorCode::cancelled, "org.envfix1.Error.Cancelled"},
    {ErrorCode::io, "org.envfix1.Error.Io"},
    {ErrorCode::no_space, "org.envfix1.Error.NoSpace"},
    {ErrorCode::too_large, "org.envfix1.Error.TooLarge"},
    {ErrorCode::not_approved, "org.envfix1.Error.NotApproved"},
    {ErrorCode::plan_changed, "org.envfix1.Error.PlanChanged"},
    {ErrorCode::held, "org.envfix1.Error.Held"},
    {ErrorCode::quarantined, "org.envfix1.Error.Quarantined"},
    {ErrorCode::policy_invalid, "org.envfix1.Error.PolicyInvalid"},
    {ErrorCode::not_supported, "org.envfix1.Error.NotSupported"},
}};

constexpr model::Names<ErrorCode, 8> k_names_of_the_bus{{
    {ErrorCode::denied, "org.freedesktop.DBus.Error.AccessDenied"},
    {ErrorCode::denied, "org.freedesktop.DBus.Error.AuthFailed"},
    {ErrorCode::timed_out, "org.freedesktop.DBus.Error.Timeout"},
    {ErrorCode::timed_out, "System.Error.ETIMEDOUT"},
    {ErrorCode::too_large, "org.freedesktop.DBus.Error.LimitsExceeded"},
    {ErrorCode::not_supported, "org.freedesktop.DBus.Error.UnknownMethod"},
    {ErrorCode::malformed, "org.freedesktop.DBus.Error.InvalidArgs"},
    {ErrorCode::not_found, "org.freedesktop.DBus.Error.UnknownObject"},
}};

constexpr std::array<std::string_view, 13> k_unreachable{
    "org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner",
    "org.freedesktop.DBus.Error.NoReply",        "org.freedesktop.DBus.Error.Disconnected",
    "org.freedesktop.DBus.Error.NoServer",       "org.freedesktop.DBus.Error.FileNotFound",
    "org.freedesktop.DBus.Error.TimedOut",       "System.Error.ECONNREFUSED",
    "System.Error.ECONNRESET",                   "System.Error.ENOTCONN",
    "System.Error.EPIPE",                        "org.freedesktop.systemd1.NoSuchUnit", // nobody has enabled it
    "org.freedesktop.systemd1.LoadFailed",
};
constexpr std::string_view k_activation_failed = "org.freedesktop.DBus.Error.Spawn.";

} // namespace

std::string_view error_name(ErrorCode code)
{
    return model::name_of(k_names, code);
}

sdbus::Error to_dbus(const Error& error)
{
    return make_error(std::string{error_name(error.code)}, report::shown(error.message));
}

Error from_dbus(const sdbus::Error& error)
{
    const auto name = name_of(error);
    auto code = model::value_of(k_names, name);
    if (!code) code = model::value_of(k_names_of_the_bus, name);
    return {.code = code.value_or(ErrorCode::io), .message = message_of(error)};
}

bool says_unreachable(const sdbus::Error& error)
{
    const auto name = name_of(error);
    return std::ranges::find(k_unreachable, name) != k_unreachable.end() || name.starts_with(k_activation_failed);
}

} // namespace envfix::wire
