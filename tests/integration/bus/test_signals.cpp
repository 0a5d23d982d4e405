#include "wire/sdbus_compat.hpp"

#include "client.hpp"
#include "support/catch.hpp"
#include "support/served_bus.hpp"

#include <poll.h>

#include <map>
using namespace envfix;

namespace {

/// Reads the client's connection until `enough`, 5 s at most.
template <typename Enough> void hear(sdbus::IConnection& connection, const Enough& enough)
{
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!enough()) {
        if (std::chrono::steady_clock::now() > until) throw std::runtime_error("nothing was heard for 5 s");
        if (wire::process_one(connection)) continue;
        const auto data = connection.getEventLoopPollData();
        pollfd fd{.fd = data.fd, .events = data.events, .revents = 0};
        ::poll(&fd, 1, 100);
    }
}

} // namespace

TEST_CASE("each change is told once, and what did not change is not")
{
    ServedBus served;
    const auto connection = sdbus::createSessionBusConnection();
    Client client(*connection, true);

    auto report = samples::broken();
    served.service().environment_changed(report); // as it was published: nothing to tell
    report.state = model::EnvironmentState::fixing;
    served.service().environment_changed(report);
    served.service().environment_changed(report);
    served.service().environment_gone("77aa00000001");
    served.service().environment_gone("77aa00000001");
    auto plan = samples::plan();
    plan.state = model::PlanState::running;
    served.service().plan_changed(plan);
    auto run = samples::run();
    run.id = "ffff00000000";
    run.state = model::RunState::running;
    served.service().run_changed(run);
    served.service().run_progress(run.id, {1, "stage", "building"});
    run.state = model::RunState::reverted;
    served.service().run_changed(run);
    served.service().policies_changed();
    served.port.the_policies.policies[0].approval.reset();
    served.service().policies_changed();
    served.port.the_daemon.state = "degraded";
    served.service().daemon_changed();
    hear(*connection, [&] { return !client.heard.empty() && client.heard.back().starts_with("daemon"); });
    CHECK(client.heard == std::vector<std::string>{"environment 3fa1b2c3d4e5 fixing",
                                                   "removed 77aa00000001 /home/ann/src/blog/.venv", "plan running",
                                                   "run running", "progress ffff00000000 stage", "run reverted",
                                                   "policies", "daemon degraded"});
}

TEST_CASE("an object tells which of its properties changed, and comes and goes with a signal")
{
    ServedBus served;
    const auto connection = sdbus::createSessionBusConnection();
    std::vector<std::string> heard;
    const auto proxy = wire::make_proxy(*connection, "org.envfix1", "/org/envfix1/environment/3fa1b2c3d4e5");
    proxy->uponSignal("PropertiesChanged")
        .onInterface("org.freedesktop.DBus.Properties")
        .call([&](const std::string& interface, const std::map<std::string, sdbus::Variant>& changed,
                  const std::vector<std::string>&) {
            std::string line = interface;
            for (const auto& [name, value] : changed) line += ' ' + name;
            heard.push_back(line);
        });
    wire::start_listening(*proxy);
    const auto manager = wire::make_proxy(*connection, "org.envfix1", "/org/envfix1");
    manager->uponSignal("InterfacesAdded")
        .onInterface("org.freedesktop.DBus.ObjectManager")
        .call([&](const sdbus::ObjectPath& path, const std::map<std::string, std::map<std::string, sdbus::Variant>>& what) {
            heard.push_back("added " + path + " " + std::to_string(what.count("org.envfix1.Environment")));
        });
    manager->uponSignal("InterfacesRemoved")
        .onInterface("org.freedesktop.DBus.ObjectManager")
        .call([&](const sdbus::ObjectPath& path, const std::vector<std::string>&) { heard.push_back("removed " + path); });
    wire::start_listening(*manager);

    auto report = samples::broken();
    report.state = model::EnvironmentState::healthy;
    report.findings.clear();
    served.service().environment_changed(report);
    served.service().environment_changed(samples::healthy("0a0a0a0a0a0a", "/new"));
    served.service().environment_gone("0a0a0a0a0a0a");
    hear(*connection, [&] { return heard.size() == 3; });
    CHECK(heard == std::vector<std::string>{"org.envfix1.Environment Findings State",
                                            "added /org/envfix1/environment/0a0a0a0a0a0a 1",
                                            "removed /org/envfix1/environment/0a0a0a0a0a0a"});
}

TEST_CASE("a name that no bus message could hold is told all the same")
{
    ServedBus served;
    const auto connection = sdbus::createSessionBusConnection();
    Client client(*connection, true);
    served.service().environment_changed(samples::healthy("0b0b0b0b0b0b", "/srv/\xff"));
    served.service().environment_gone("0b0b0b0b0b0b");
    hear(*connection, [&] { return client.heard.size() == 2; });
    CHECK(client.heard[1] == "removed 0b0b0b0b0b0b /srv/\\xff");
}

TEST_CASE("a bus that goes away ends the service with an error, not the process")
{
    ServedBus served;
    served.bus.stop();
    served.service().environment_changed(samples::healthy("0c0c0c0c0c0c", "/x"));
    served.during([] {});
    if (!served.ended) {
        served.io.restart();
        served.io.run_for(std::chrono::seconds(5));
    }
    REQUIRE(served.ended.has_value());
    REQUIRE_FALSE(served.ended->has_value());
    CHECK(served.ended->error().code == ErrorCode::io);
    served.service().environment_gone("0c0c0c0c0c0c");
}

TEST_CASE("a change is on the bus within 5 ms at the 99th percentile", "[.bench]")
{
    ServedBus served;
    const auto connection = sdbus::createSessionBusConnection();
    Client client(*connection, true);
    std::vector<double> latencies;
    auto report = samples::broken();
    for (int i = 0; i < 2000; ++i) {
        report.fingerprint = std::to_string(i);
        const auto before = std::chrono::steady_clock::now();
        served.service().environment_changed(report);
        hear(*connection, [&] { return client.heard.size() == static_cast<std::size_t>(i + 1); });
        latencies.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - before).count());
    }
    std::ranges::sort(latencies);
    WARN("p50 " << latencies[1000] << " ms, p99 " << latencies[1980] << " ms");
    CHECK(latencies[1980] <= 5.0);
}
