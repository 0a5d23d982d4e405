// Who may call what on the system bus: every method of the interface's own description, against every way that polkit may answer.
#include "bus/access.hpp"
#include "wire/sdbus_compat.hpp"

#include "support/catch.hpp"
#include "support/served_bus.hpp"

#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <set>
using namespace envfix;

namespace {

struct Method {
    std::string interface;
    std::string name;
    std::vector<std::string> arguments; ///< types of what goes in
};

std::string attribute(const std::string& tag, const std::string& name)
{
    const auto start = tag.find(name + "=\"");
    if (start == std::string::npos) return {};
    const auto value = start + name.size() + 2;
    return tag.substr(value, tag.find('"', value) - value);
}

/// Every method of the XML files from which the adaptors are made.
std::vector<Method> every_method()
{
    std::vector<Method> methods;
    for (const std::string noun : {"Manager", "Environment", "Plan", "Run", "Policy"}) {
        std::ifstream file(ENVFIX_INTERFACES "/org.envfix1." + noun + ".xml");
        const std::string xml{std::istreambuf_iterator<char>(file), {}};
        std::string interface;
        bool in_method = false;
        for (std::size_t at = xml.find('<'); at != std::string::npos; at = xml.find('<', at + 1)) {
            const auto tag = xml.substr(at, xml.find('>', at) - at);
            if (tag.starts_with("<interface ")) interface = attribute(tag, "name");
            if (tag.starts_with("</method")) in_method = false;
            if (tag.starts_with("<method ")) {
                methods.push_back({.interface = interface, .name = attribute(tag, "name"), .arguments = {}});
                in_method = !tag.ends_with("/");
            }
            if (in_method && tag.starts_with("<arg ") && attribute(tag, "direction") == "in") {
                methods.back().arguments.push_back(attribute(tag, "type"));
            }
        }
    }
    return methods;
}

std::string object_of(const std::string& interface)
{
    static const std::map<std::string, std::string> objects{
        {"org.envfix1.Manager", "/org/envfix1"},
        {"org.envfix1.Environment", "/org/envfix1/environment/3fa1b2c3d4e5"},
        {"org.envfix1.Plan", "/org/envfix1/plan/9f8e7d6c5b4a"},
        {"org.envfix1.Run", "/org/envfix1/run/0123456789ab"},
        {"org.envfix1.Policy", "/org/envfix1/policy/reinstall_2dcffi"},
    };
    return objects.at(interface);
}

void add_argument(sdbus::MethodCall& call, const std::string& type)
{
    if (type == "s") {
        call << std::string{"/srv/3fa1"};
    } else if (type == "b") {
        call << true;
    } else if (type == "u") {
        call << std::uint32_t{1};
    } else if (type == "t") {
        call << std::uint64_t{1};
    } else if (type == "as") {
        call << std::vector<std::string>{"/srv"};
    } else if (type == "a(ss)") {
        call << std::vector<sdbus::Struct<std::string, std::string>>{{"python3-jwt", "2.6.0-1"}};
    } else if (type == "ay") {
        call << std::vector<std::uint8_t>{'a'};
    } else {
        FAIL("an argument of a type that this test does not know: " << type);
    }
}

/// Calls it as any client could; gives the error's name, empty where there is none.
std::string call(const Method& method)
{
    const auto connection = sdbus::createSessionBusConnection();
    const auto proxy = wire::make_proxy(*connection, "org.envfix1", object_of(method.interface));
    try {
        auto message = wire::make_call(*proxy, method.interface, method.name);
        for (const auto& type : method.arguments) add_argument(message, type);
        static_cast<void>(proxy->callMethod(message));
        return {};
    } catch (const sdbus::Error& error) {
        return wire::name_of(error);
    }
}

class FakeAuthority final : public bus::Authority {
public:
    std::function<void(Answer)> behaviour = [](const Answer& answer) { answer({}); };
    std::vector<bus::Right> asked;
    std::vector<bus::Caller> callers;

    void ask(const bus::Caller& caller, bus::Right right, Answer answer) override
    {
        asked.push_back(right);
        callers.push_back(caller);
        behaviour(std::move(answer));
    }
};

constexpr const char* k_auth_failed = "org.envfix1.Error.AuthFailed";

/// Whom the service tells of changes it knows itself.
bool is_for_the_port(const Method& method)
{
    return method.name != "Subscribe" && method.name != "Unsubscribe";
}

bool asks(const Method& method)
{
    return bus::right_to_call(method.interface, method.name) != bus::Right::see;
}

} // namespace

TEST_CASE("every method of the interface has a right, and every right has its method")
{
    const auto methods = every_method();
    REQUIRE(methods.size() > 30);
    std::set<std::string> described;
    for (const auto& method : methods) {
        INFO(method.interface << "." << method.name);
        CHECK(bus::right_to_call(method.interface, method.name).has_value());
        described.insert(method.interface + "." + method.name);
    }
    for (const auto& row : bus::method_rights()) {
        INFO(row.interface << "." << row.member);
        CHECK(described.erase(std::string(row.interface) + "." + std::string(row.member)) == 1);
    }
    CHECK_FALSE(bus::right_to_call("org.envfix1.Manager", "Destroy").has_value());
    CHECK_FALSE(bus::right_to_call("", "Fix").has_value());
}

TEST_CASE("what changes anything begins only after a yes, and what shows is not asked for")
{
    const std::vector<std::pair<std::string, std::function<void(bus::Authority::Answer)>>> noes{
        {"refuses", [](const auto& answer) { answer(fail(ErrorCode::denied, "no")); }},
        {"fails", [](const auto& answer) { answer(fail(ErrorCode::io, "broken")); }},
        {"times out", [](const auto& answer) { answer(fail(ErrorCode::timed_out, "too slow")); }},
        {"drops the question", [](const auto& /*answer*/) {}},
        {"breaks", [](const auto& /*answer*/) { throw std::runtime_error("polkit"); }},
    };
    FakeAuthority authority;
    ServedBus served({.system = false, .authority = &authority});
    for (const auto& method : every_method()) {
        INFO(method.interface << "." << method.name);
        for (const auto& [what, behaviour] : noes) {
            INFO(what);
            authority.behaviour = behaviour;
            authority.asked.clear();
            served.port.asked.clear();
            const auto error = served.during([&] { return call(method); });
            if (asks(method)) {
                CHECK_FALSE(error.empty());
                CHECK(served.port.asked.empty());
                REQUIRE(authority.asked.size() == 1);
                CHECK(authority.asked.front() == bus::right_to_call(method.interface, method.name));
            } else {
                CHECK(authority.asked.empty());
                CHECK(served.port.asked.empty() != is_for_the_port(method));
            }
        }
        authority.behaviour = [](const auto& answer) { answer({}); };
        served.port.asked.clear();
        const auto error = served.during([&] { return call(method); });
        CHECK(error != k_auth_failed);
        CHECK(served.port.asked.empty() != is_for_the_port(method));
    }
    CHECK(authority.callers.front().bus_name.starts_with(":"));
}

TEST_CASE("a caller who goes while somebody is asked leaves nothing begun and nothing owed")
{
    FakeAuthority authority;
    std::optional<bus::Authority::Answer> waiting;
    authority.behaviour = [&](bus::Authority::Answer answer) { waiting = std::move(answer); };
    ServedBus served({.system = false, .authority = &authority});
    served.during([&] {
        const auto connection = sdbus::createSessionBusConnection();
        const auto proxy = wire::make_proxy(*connection, "org.envfix1", "/org/envfix1");
        auto message = wire::make_call(*proxy, "org.envfix1.Manager", "Reload");
        CHECK_THROWS_AS(proxy->callMethod(message, 200'000), sdbus::Error);
    });
    REQUIRE(waiting);
    CHECK(served.port.asked.empty());
    (*waiting)(fail(ErrorCode::denied, "the caller has vanished")); // as polkit says of a name that nobody has
    CHECK(served.port.asked.empty());
    waiting.reset();
    authority.behaviour = [](const auto& answer) { answer({}); };
    CHECK(served.during([] { return call({.interface = "org.envfix1.Manager", .name = "Reload", .arguments = {}}); }).empty());
}

TEST_CASE("on a guarded bus nothing lists all objects")
{
    FakeAuthority authority;
    const Method list{.interface = "org.freedesktop.DBus.ObjectManager", .name = "GetManagedObjects", .arguments = {}};
    const auto listed = [&](ServedBus& served) {
        return served.during([&] {
            const auto connection = sdbus::createSessionBusConnection();
            const auto proxy = wire::make_proxy(*connection, "org.envfix1", "/org/envfix1");
            try {
                auto message = wire::make_call(*proxy, list.interface, list.name);
                static_cast<void>(proxy->callMethod(message));
                return true;
            } catch (const sdbus::Error&) {
                return false;
            }
        });
    };
    {
        ServedBus guarded({.system = false, .authority = &authority});
        CHECK_FALSE(listed(guarded));
    }
    ServedBus open;
    CHECK(listed(open));
}
