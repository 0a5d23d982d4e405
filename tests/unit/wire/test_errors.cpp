#include "wire/errors.hpp"
#include "wire/sdbus_compat.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <set>
using namespace envfix;

namespace {
constexpr int k_codes = static_cast<int>(ErrorCode::not_supported) + 1;
}

TEST_CASE("each error goes over the bus and comes back the same, under a name of letters only")
{
    std::set<std::string> names;
    for (int i = 0; i < k_codes; ++i) {
        const Error error{.code = static_cast<ErrorCode>(i), .message = "what, where"};
        const auto wire = wire::to_dbus(error);
        CHECK(wire::from_dbus(wire) == error);
        const auto name = wire::name_of(wire);
        CHECK(name.starts_with("org.envfix1.Error."));
        CHECK(std::ranges::all_of(name.substr(18), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }));
        names.insert(name);
    }
    CHECK(names.size() == k_codes);
}

TEST_CASE("the names of DESIGN.md 9 are those that are sent")
{
    CHECK(wire::error_name(ErrorCode::not_found) == "org.envfix1.Error.NotFound");
    CHECK(wire::error_name(ErrorCode::not_approved) == "org.envfix1.Error.NotApproved");
    CHECK(wire::error_name(ErrorCode::plan_changed) == "org.envfix1.Error.PlanChanged");
    CHECK(wire::error_name(ErrorCode::busy) == "org.envfix1.Error.Busy");
    CHECK(wire::error_name(ErrorCode::held) == "org.envfix1.Error.Held");
    CHECK(wire::error_name(ErrorCode::quarantined) == "org.envfix1.Error.Quarantined");
    CHECK(wire::error_name(ErrorCode::policy_invalid) == "org.envfix1.Error.PolicyInvalid");
    CHECK(wire::error_name(ErrorCode::denied) == "org.envfix1.Error.AuthFailed");
    CHECK(wire::error_name(ErrorCode::timed_out) == "org.envfix1.Error.TimedOut");
    CHECK(wire::error_name(ErrorCode::not_supported) == "org.envfix1.Error.NotSupported");
}

TEST_CASE("an error text that D-Bus cannot carry is escaped, and a password in it masked")
{
    const auto wire = wire::to_dbus({.code = ErrorCode::io, .message = "reading \xff\x1b[1m of https://u:geheim@h/x"});
    CHECK(wire::message_of(wire) == "reading \\xff\\x1b[1m of https://u:***@h/x");
}

TEST_CASE("errors of the bus itself say whether anybody was there")
{
    CHECK(wire::says_unreachable(wire::make_error("org.freedesktop.DBus.Error.ServiceUnknown", "")));
    CHECK(wire::says_unreachable(wire::make_error("org.freedesktop.DBus.Error.Spawn.ChildExited", "")));
    CHECK_FALSE(wire::says_unreachable(wire::make_error("org.envfix1.Error.Io", "")));
    CHECK(wire::from_dbus(wire::make_error("System.Error.ETIMEDOUT", "late")).code == ErrorCode::timed_out);
    CHECK(wire::from_dbus(wire::make_error("org.freedesktop.DBus.Error.AccessDenied", "")).code == ErrorCode::denied);
    CHECK(wire::from_dbus(wire::make_error("x.y.Z", "")).code == ErrorCode::io);
}
