#include "wire/conversions.hpp"
#include "wire/errors.hpp"
#include "wire/sdbus_compat.hpp"

#include "client.hpp"
#include "support/catch.hpp"
#include "support/served_bus.hpp"

#include <environment_proxy.hpp>
#include <plan_proxy.hpp>
#include <policy_proxy.hpp>
#include <run_proxy.hpp>

#include <functional>
#include <map>
using namespace envfix;

namespace {

using Calls = std::vector<std::pair<std::string, std::function<void(Client&)>>>;

const std::string k_id = "3fa1b2c3d4e5";
const std::string k_path = "/home/ann/src/shop/.venv";

/// Every method of the manager, once, as a client would call it, and what the port is asked then.
const Calls& every_method()
{
    static const Calls calls{
        {"status " + k_id, [](Client& c) { c.Status(k_id, 10); }},
        {"environments", [](Client& c) { c.List(0, 10); }},
        {"environment " + k_id, [](Client& c) { c.Show(k_id); }},
        {"check " + k_id + " probe", [](Client& c) { c.Check(k_id, true); }},
        {"check_paths /srv probe", [](Client& c) { c.CheckPaths({"/srv", "/opt"}, true); }},
        {"diagnose 3", [](Client& c) { c.Diagnose({'a', 0, 'b'}); }},
        {"diagnose_command /bin/x 1", [](Client& c) { c.DiagnoseCommand({'a'}, "/bin/x", "/bin", "", "rel:/lib"); }},
        {"explain cffi-backend-missing", [](Client& c) { c.Explain("cffi-backend-missing"); }},
        {"plan " + k_path, [](Client& c) { c.Plan(k_path); }},
        {"plans", [](Client& c) { c.Plans(); }},
        {"plan 9f8e", [](Client& c) { c.GetPlan("9f8e"); }},
        {"fix " + k_id + " yes", [](Client& c) { c.Fix(k_id, true); }},
        {"approve 9f8e7d6c5b4a digest", [](Client& c) { c.Approve("9f8e7d6c5b4a", "digest"); }},
        {"reject 9f8e7d6c5b4a", [](Client& c) { c.Reject("9f8e7d6c5b4a"); }},
        {"runs", [](Client& c) { c.History("", 0, 10); }},
        {"run 0123", [](Client& c) { c.GetRun("0123"); }},
        {"undo 0123456789ab", [](Client& c) { c.Undo("0123456789ab"); }},
        {"policies", [](Client& c) { c.Policies(); }},
        {"policy reinstall-cffi", [](Client& c) { c.GetPolicy("reinstall-cffi"); }},
        {"check_policy x.yaml 2", [](Client& c) { c.CheckPolicy("x.yaml", {'a', 'b'}); }},
        {"why " + k_id, [](Client& c) { c.WhyPolicies(k_id); }},
        {"test_policy reinstall-cffi", [](Client& c) { c.TestPolicy("reinstall-cffi"); }},
        {"approve_policy reinstall-cffi bbbb", [](Client& c) { c.ApprovePolicy("reinstall-cffi", "bbbb"); }},
        {"revoke_policy reinstall-cffi", [](Client& c) { c.RevokePolicy("reinstall-cffi"); }},
        {"add_root /srv", [](Client& c) { c.AddRoot("/srv"); }},
        {"remove_root /srv", [](Client& c) { c.RemoveRoot("/srv"); }},
        {"hold " + k_id + " 60 why", [](Client& c) { c.Hold(k_id, 60, "why"); }},
        {"release " + k_id, [](Client& c) { c.Release(k_id); }},
        {"reload", [](Client& c) { c.Reload(); }},
        {"package_versions python3-jwt python3-cffi", [](Client& c) { c.PackageVersions({"python3-jwt", "python3-cffi"}); }},
        {"install_packages python3-jwt 2.6.0-1", [](Client& c) { c.InstallPackages({{"python3-jwt", "2.6.0-1"}}); }},
        {"doctor", [](Client& c) { c.Doctor(); }},
        {"daemon", [](Client& c) { c.Version(); }},
        {"daemon", [](Client& c) { c.Instance(); }},
        {"daemon", [](Client& c) { c.State(); }},
        {"daemon", [](Client& c) { c.Degraded(); }},
        {"daemon", [](Client& c) { c.Watches(); }},
    };
    return calls;
}

/// The D-Bus error that this call ends with; empty: none.
std::string error_of(const std::function<void(Client&)>& call, Client& client)
{
    try {
        call(client);
        return {};
    } catch (const sdbus::Error& error) {
        return wire::name_of(error);
    }
}

} // namespace

TEST_CASE("each method asks the port what its caller asked, once")
{
    ServedBus served;
    for (const auto& [asked, call] : every_method()) {
        served.port.asked.clear();
        served.during([&, &call = call] {
            const auto connection = sdbus::createSessionBusConnection();
            Client client(*connection);
            call(client);
        });
        INFO(asked);
        REQUIRE_FALSE(served.port.asked.empty());
        CHECK(served.port.asked.front() == asked);
    }
}

TEST_CASE("values arrive at the client as the port gave them")
{
    ServedBus served;
    const auto connection = sdbus::createSessionBusConnection();
    Client client(*connection);
    served.during([&] {
        CHECK(wire::from_wire(client.Status("", 256)).value().environments.at(0) == samples::broken());
        CHECK(wire::from_wire(client.Show("3fa1")).value() == samples::broken());
        CHECK(wire::from_wire(client.Plan(k_id).at(0)).value() == samples::plan());
        CHECK(wire::from_wire(client.GetRun("0123")).value() == samples::run());
        CHECK(wire::from_wire(client.GetPolicy("reinstall-cffi")).value() == samples::policy());
        CHECK(wire::from_wire(client.Doctor()).value() == samples::doctor());
        CHECK(client.Fix(k_id, true) == "/org/envfix1/run/0123456789ab");
        CHECK(client.PackageVersions({"python3-jwt"}) == std::vector<sdbus::Struct<std::string, std::string>>{{"python3-jwt", "2.6.0-1"}});
        CHECK(client.Version() == "0.1.0");
    });
    REQUIRE(served.port.callers.size() == 1);
    CHECK(served.port.callers[0].uid == ::geteuid());
    CHECK(served.port.callers[0].bus_name == connection->getUniqueName());
}

TEST_CASE("each error of the port arrives under its own name, at once or later")
{
    ServedBus served;
    const auto connection = sdbus::createSessionBusConnection();
    Client client(*connection);
    for (int i = 0; i <= static_cast<int>(ErrorCode::not_supported); ++i) {
        served.port.refusal = Error{.code = static_cast<ErrorCode>(i), .message = "because"};
        served.during([&] {
            CHECK(error_of([](Client& c) { c.Show(k_id); }, client) == wire::error_name(static_cast<ErrorCode>(i)));
            CHECK(error_of([](Client& c) { c.Fix(k_id, true); }, client) == wire::error_name(static_cast<ErrorCode>(i)));
            CHECK(error_of([](Client& c) { c.Reject("9f8e"); }, client) == wire::error_name(static_cast<ErrorCode>(i)));
        });
    }
}

TEST_CASE("a handler that throws does not end the process: each caller gets an error")
{
    ServedBus served;
    const auto connection = sdbus::createSessionBusConnection();
    Client client(*connection);
    served.port.throws = true;
    served.during([&] {
        for (const auto& [asked, call] : every_method()) {
            INFO(asked);
            CHECK(error_of(call, client) == "org.envfix1.Error.Io");
        }
    });
    served.port.throws = false;
    served.during([&] { CHECK(client.Version() == "0.1.0"); });
}

TEST_CASE("an action that is given up answers its caller")
{
    ServedBus served;
    const auto connection = sdbus::createSessionBusConnection();
    Client client(*connection);
    served.port.drops = true;
    served.during([&] {
        CHECK(error_of([](Client& c) { c.Fix(k_id, true); }, client) == "org.envfix1.Error.Cancelled");
        CHECK(error_of([](Client& c) { c.Reload(); }, client) == "org.envfix1.Error.Cancelled");
    });
}

TEST_CASE("lists page, however many are asked for")
{
    ServedBus served;
    served.port.the_environments.clear();
    for (int i = 0; i < 600; ++i) {
        served.port.the_environments.push_back(samples::healthy("e" + std::to_string(i), "/p/" + std::to_string(i)));
    }
    const auto connection = sdbus::createSessionBusConnection();
    Client client(*connection);
    served.during([&] {
        const auto [first, total] = client.List(0, 100000);
        CHECK(first.size() == 256);
        CHECK(total == 600);
        const auto [last, same] = client.List(512, 100000);
        CHECK(last.size() == 88);
        CHECK(std::get<0>(last[0]) == "e512");
        CHECK(std::get<1>(client.Status("", 1000)).size() == 256);
        CHECK(std::get<0>(client.List(4'000'000'000, 1)).empty());
    });
}

TEST_CASE("what a caller may not send is refused before the port hears of it")
{
    ServedBus served;
    const auto connection = sdbus::createSessionBusConnection();
    Client client(*connection);
    const std::string long_text(5000, 'x');
    const std::vector<std::pair<std::string, std::function<void(Client&)>>> calls{
        {"Malformed", [](Client& c) { c.Show(""); }},
        {"TooLarge", [&](Client& c) { c.Show(long_text); }},
        {"Malformed", [](Client& c) { c.Show("/home/../etc"); }},
        {"Malformed", [](Client& c) { c.CheckPaths({}, false); }},
        {"Malformed", [](Client& c) { c.CheckPaths({"relative"}, false); }},
        {"TooLarge", [](Client& c) { c.CheckPaths(std::vector<std::string>(257, "/x"), false); }},
        {"Malformed", [](Client& c) { c.AddRoot("~/src"); }},
        {"Malformed", [](Client& c) { c.AddRoot("/a/.."); }},
        {"TooLarge", [&](Client& c) { c.Hold("", 1, long_text); }},
        {"TooLarge", [](Client& c) { c.Diagnose(std::vector<std::uint8_t>(4 * 1024 * 1024 + 1)); }},
        {"TooLarge", [](Client& c) { c.DiagnoseCommand(std::vector<std::uint8_t>(4 * 1024 * 1024 + 1), "", "", "", ""); }},
        {"TooLarge", [](Client& c) { c.DiagnoseCommand({}, "", std::string(64 * 1024 + 1, ':'), "", ""); }},
        {"Malformed", [](Client& c) { c.DiagnoseCommand({}, "bin/x", "", "", ""); }},
        {"TooLarge", [](Client& c) { c.CheckPolicy("x", std::vector<std::uint8_t>(256 * 1024 + 1)); }},
        {"Malformed", [](Client& c) { c.PackageVersions({}); }},
        {"TooLarge", [](Client& c) { c.PackageVersions(std::vector<std::string>(65, "python3-jwt")); }},
        {"Malformed", [](Client& c) { c.InstallPackages({}); }},
        {"TooLarge", [](Client& c) { c.InstallPackages(std::vector<sdbus::Struct<std::string, std::string>>(65)); }},
        {"Malformed", [](Client& c) { c.Approve("", "x"); }},
        {"Malformed", [](Client& c) { c.ApprovePolicy("x", ""); }},
    };
    served.during([&] {
        for (const auto& [name, call] : calls) CHECK(error_of(call, client) == "org.envfix1.Error." + name);
    });
    CHECK(served.port.asked.empty());
}

TEST_CASE("a call with other arguments than the interface says is an error, and the service goes on")
{
    ServedBus served;
    const auto connection = sdbus::createSessionBusConnection();
    const auto proxy = wire::make_proxy(*connection, "org.envfix1", "/org/envfix1");
    served.during([&] {
        CHECK_THROWS_AS(proxy->callMethod("Show").onInterface("org.envfix1.Manager").withArguments(std::uint32_t{7}),
                        sdbus::Error);
        CHECK_THROWS_AS(proxy->callMethod("Nothing").onInterface("org.envfix1.Manager"), sdbus::Error);
        Client client(*connection);
        CHECK(client.Version() == "0.1.0");
    });
}

TEST_CASE("the 33rd call that lasts has to wait")
{
    ServedBus served;
    served.port.keeps = true;
    const auto connection = sdbus::createSessionBusConnection();
    const auto proxy = wire::make_proxy(*connection, "org.envfix1", "/org/envfix1");
    served.during([&] {
        for (int i = 0; i < 32; ++i) {
            proxy->callMethodAsync("Fix").onInterface("org.envfix1.Manager").withArguments(k_id, true).uponReplyInvoke(
                [](wire::AsyncError, const sdbus::ObjectPath&) {});
        }
        Client client(*connection);
        CHECK(error_of([](Client& c) { c.Fix(k_id, true); }, client) == "org.envfix1.Error.Busy");
    });
    CHECK(served.port.kept.size() == 32);
    served.port.kept[0](std::string{"0123456789ab"});
    served.port.keeps = false;
    served.during([&] {
        Client client(*connection);
        CHECK(client.Fix(k_id, true) == "/org/envfix1/run/0123456789ab");
    });
}

TEST_CASE("an answer that comes after the service has gone harms nobody")
{
    ServedBus served;
    served.port.keeps = true;
    const auto connection = sdbus::createSessionBusConnection();
    const auto proxy = wire::make_proxy(*connection, "org.envfix1", "/org/envfix1");
    served.during([&] {
        proxy->callMethodAsync("Fix").onInterface("org.envfix1.Manager").withArguments(k_id, true).uponReplyInvoke(
            [](wire::AsyncError, const sdbus::ObjectPath&) {});
        Client client(*connection);
        client.Version();
    });
    REQUIRE(served.port.kept.size() == 1);
    served.stop_service();
    served.port.kept[0](std::string{"0123456789ab"});
    served.port.kept.clear();
}

TEST_CASE("each environment, plan, run and policy is an object with its properties and methods")
{
    ServedBus served;
    const auto connection = sdbus::createSessionBusConnection();
    const auto manager = wire::make_proxy(*connection, "org.envfix1", "/org/envfix1");
    served.during([&] {
        std::map<sdbus::ObjectPath, std::map<std::string, std::map<std::string, sdbus::Variant>>> objects;
        manager->callMethod("GetManagedObjects").onInterface("org.freedesktop.DBus.ObjectManager").storeResultsTo(objects);
        const std::map<std::string, std::string> wanted{
            {"/org/envfix1/environment/3fa1b2c3d4e5", "org.envfix1.Environment"},
            {"/org/envfix1/environment/77aa00000001", "org.envfix1.Environment"},
            {"/org/envfix1/plan/9f8e7d6c5b4a", "org.envfix1.Plan"},
            {"/org/envfix1/run/0123456789ab", "org.envfix1.Run"},
            {"/org/envfix1/policy/reinstall_2dcffi", "org.envfix1.Policy"}};
        for (const auto& [path, interface] : wanted) {
            INFO(path);
            const auto found = objects.find(sdbus::ObjectPath{path});
            REQUIRE(found != objects.end());
            CHECK(found->second.count(interface) == 1);
        }
        auto& broken = objects[sdbus::ObjectPath{"/org/envfix1/environment/3fa1b2c3d4e5"}]["org.envfix1.Environment"];
        CHECK(broken["State"].get<std::string>() == "broken");
        CHECK(broken["Findings"].get<wire::Array<wire::Finding>>().size() == 2);
        CHECK(broken["Probe"].get<wire::Array<wire::Probe>>().size() == 1);
        auto& run = objects[sdbus::ObjectPath{"/org/envfix1/run/0123456789ab"}]["org.envfix1.Run"];
        CHECK(run["Plan"].get<sdbus::ObjectPath>() == "/org/envfix1/plan/9f8e7d6c5b4a");
        CHECK(run["ApprovedBy"].get<std::string>() == "ann");
        auto& policy = objects[sdbus::ObjectPath{"/org/envfix1/policy/reinstall_2dcffi"}]["org.envfix1.Policy"];
        CHECK(policy["Approved"].get<bool>());
        auto& plan = objects[sdbus::ObjectPath{"/org/envfix1/plan/9f8e7d6c5b4a"}]["org.envfix1.Plan"];
        CHECK(plan["Ladder"].get<wire::Array<wire::Rung>>().size() == 2);
    });
    const auto call = [&](const std::string& path, const std::string& noun, const std::string& method, auto... arguments) {
        served.port.asked.clear();
        served.during([&] {
            const auto proxy = wire::make_proxy(*connection, "org.envfix1", "/org/envfix1/" + path);
            proxy->callMethod(method).onInterface("org.envfix1." + noun).withArguments(arguments...);
        });
        return served.port.asked.empty() ? std::string{} : served.port.asked.front();
    };
    CHECK(call("environment/3fa1b2c3d4e5", "Environment", "Check", true) == "check 3fa1b2c3d4e5 probe");
    CHECK(call("environment/3fa1b2c3d4e5", "Environment", "Plan") == "plan 3fa1b2c3d4e5");
    CHECK(call("environment/3fa1b2c3d4e5", "Environment", "Fix", false) == "fix 3fa1b2c3d4e5 no");
    CHECK(call("plan/9f8e7d6c5b4a", "Plan", "Approve", std::string{"d"}) == "approve 9f8e7d6c5b4a d");
    CHECK(call("plan/9f8e7d6c5b4a", "Plan", "Reject") == "reject 9f8e7d6c5b4a");
    CHECK(call("run/0123456789ab", "Run", "Undo") == "undo 0123456789ab");
    CHECK(call("policy/reinstall_2dcffi", "Policy", "Approve", std::string{"bbbb"}) == "approve_policy reinstall-cffi bbbb");
    CHECK(call("policy/reinstall_2dcffi", "Policy", "Revoke") == "revoke_policy reinstall-cffi");
}

TEST_CASE("a second daemon on the same bus is told so")
{
    ServedBus served;
    FakePort other;
    auto second = bus::Service::open(served.io.get_executor(), other);
    REQUIRE(second.has_value());
    const auto claimed = second->claim_name();
    REQUIRE_FALSE(claimed.has_value());
    CHECK(claimed.error().code == ErrorCode::busy);
}

TEST_CASE("without a bus the service says what is missing")
{
    asio::io_context io{1};
    FakePort port;
    ::setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
    const auto opened = bus::Service::open(io.get_executor(), port);
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().code == ErrorCode::io);
    CHECK_THAT(opened.error().message, ContainsSubstring("dbus-run-session"));
}
