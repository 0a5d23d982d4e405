// Who gets which signal where callers are of several users: each is told for himself, and only of what he may see.
#include "bus/audience.hpp"
#include "wire/sdbus_compat.hpp"

#include "client.hpp"
#include "support/catch.hpp"
#include "support/served_bus.hpp"

#include <thread>
using namespace envfix;

namespace {

class Yes final : public bus::Authority {
public:
    void ask(const bus::Caller& /*caller*/, bus::Right /*right*/, Answer answer) override { answer({}); }
};

/// One program on the bus, with match rules for every signal; whether it subscribes is the test's business.
struct Listener {
    Listener() : connection(sdbus::createSessionBusConnection()), client(*connection, true) {}

    std::string name() const { return connection->getUniqueName(); }

    /// What has been heard. The bus keeps the order: what was sent before the answer to this call is there by then.
    std::vector<std::string> hear(ServedBus& served)
    {
        served.during([&] { client.Version(); });
        while (wire::process_one(*connection)) {}
        return client.heard;
    }

    std::unique_ptr<sdbus::IConnection> connection;
    Client client;
};

/// Something happens to the environment that samples call broken, its plan and its run.
void change_everything(ServedBus& served, model::EnvironmentState state)
{
    auto report = samples::broken();
    report.state = state;
    served.service().environment_changed(report);
    auto plan = samples::plan();
    plan.environment_id = report.id;
    plan.state = model::PlanState::running;
    plan.state_reason = std::string{to_string(state)};
    served.service().plan_changed(plan);
    auto run = samples::run();
    run.id = "ffff00000000";
    run.environment_id = report.id;
    run.state = model::RunState::running;
    run.summary = std::string{to_string(state)};
    served.service().run_changed(run);
    served.service().run_progress(run.id, {1, "stage", "building"});
}

const std::vector<std::string> k_all{"environment 3fa1b2c3d4e5 fixing", "plan running", "run running", "progress ffff00000000 stage"};

} // namespace

TEST_CASE("signals come to those who subscribed and may see what they are about, and to nobody else")
{
    Yes yes;
    ServedBus served({.system = false, .authority = &yes});
    Listener ann;
    Listener bob;
    Listener silent;
    served.port.sees = [owner = ann.name()](const std::string&, const bus::Caller& caller) { return caller.bus_name == owner; };
    served.during([&] {
        ann.client.Subscribe();
        ann.client.Subscribe(); // again is no error, and tells nothing twice
        bob.client.Subscribe();
    });
    change_everything(served, model::EnvironmentState::fixing);
    CHECK(ann.hear(served) == k_all);
    CHECK(bob.hear(served).empty());
    CHECK(silent.hear(served).empty());

    served.port.the_daemon.state = "degraded";
    served.service().daemon_changed();
    CHECK(bob.hear(served) == std::vector<std::string>{"daemon degraded"});
    CHECK(silent.hear(served).empty());

    CHECK(ann.hear(served).back() == "daemon degraded");
    served.during([&] { ann.client.Unsubscribe(); });
    ann.client.heard.clear();
    change_everything(served, model::EnvironmentState::broken);
    served.service().environment_gone(samples::broken().id);
    served.service().daemon_changed();
    CHECK(ann.hear(served).empty());
    CHECK(bob.hear(served) == std::vector<std::string>{"daemon degraded", "daemon degraded"});
}

TEST_CASE("that a property changed is told in the same way")
{
    Yes yes;
    ServedBus served({.system = false, .authority = &yes});
    struct Watcher : Listener {
        Watcher()
        {
            proxy = wire::make_proxy(*connection, "org.envfix1", "/org/envfix1/environment/3fa1b2c3d4e5");
            proxy->uponSignal("PropertiesChanged")
                .onInterface("org.freedesktop.DBus.Properties")
                .call([this](const std::string& interface, const std::map<std::string, sdbus::Variant>& values,
                             const std::vector<std::string>& names) {
                    for (const auto& changed : names) properties.push_back(interface + " " + changed);
                    for (const auto& [changed, value] : values) properties.push_back(interface + " " + changed);
                });
            wire::start_listening(*proxy);
        }
        std::unique_ptr<sdbus::IProxy> proxy;
        std::vector<std::string> properties;
    };
    Watcher ann;
    Watcher bob;
    served.port.sees = [owner = ann.name()](const std::string&, const bus::Caller& caller) { return caller.bus_name == owner; };
    served.during([&] {
        ann.client.Subscribe();
        bob.client.Subscribe();
    });
    change_everything(served, model::EnvironmentState::fixing);
    ann.hear(served);
    bob.hear(served);
    CHECK(ann.properties == std::vector<std::string>{"org.envfix1.Environment State"});
    CHECK(bob.properties.empty());
}

TEST_CASE("a user has only so many subscribers, and one that left the bus is forgotten")
{
    Yes yes;
    ServedBus served({.system = false, .authority = &yes});
    std::vector<std::unique_ptr<Listener>> listeners;
    const auto subscribe = [&] {
        return served.during([&]() -> std::string {
            auto listener = std::make_unique<Listener>();
            try {
                listener->client.Subscribe();
            } catch (const sdbus::Error& error) {
                return wire::name_of(error);
            }
            listeners.push_back(std::move(listener));
            return {};
        });
    };
    for (std::size_t i = 0; i < bus::Audience::k_most_of_each; ++i) REQUIRE(subscribe().empty());
    CHECK(subscribe() == "org.envfix1.Error.Busy");
    served.during([&] { listeners.front()->client.Unsubscribe(); });
    CHECK(subscribe().empty());
    CHECK(subscribe() == "org.envfix1.Error.Busy");
    listeners.pop_back();
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    std::string error = "not tried";
    while (!error.empty() && std::chrono::steady_clock::now() < until) error = subscribe();
    CHECK(error.empty());
}

TEST_CASE("on a bus of one user everybody hears everything, subscribed or not")
{
    ServedBus served;
    Listener one;
    Listener other;
    served.port.sees = [](const std::string&, const bus::Caller&) { return false; };
    served.during([&] {
        one.client.Subscribe();
        one.client.Unsubscribe();
    });
    change_everything(served, model::EnvironmentState::fixing);
    CHECK(one.hear(served) == k_all);
    CHECK(other.hear(served) == k_all);
}
