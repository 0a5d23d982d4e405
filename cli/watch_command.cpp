#include "cli/commands.hpp"
#include "report/report.hpp"
#include "wire/conversions.hpp"

#include <chrono>

namespace envfix::cli {

namespace {

/// Says one event: a document of its own with --json, else a line.
template <typename Wire> void say_event(const Output& out, const Wire& wire)
{
    const auto event = wire::from_wire(wire);
    if (!event) return; // a newer daemon tells of something that is unknown here
    out.say([&] { return report::event_json(*event); }, [&] { return report::event_text(out.style(), *event); });
}

} // namespace

int run_watch(const Session& session)
{
    const auto& out = session.out;
    Listener listener;
    listener.environment = [&](const wire::Environment& environment) { say_event(out, environment); };
    listener.plan = [&](const wire::Plan& plan) { say_event(out, plan); };
    listener.run = [&](const wire::Run& run) { say_event(out, run); };
    listener.daemon = [&](const wire::Daemon& daemon) { say_event(out, daemon); };
    listener.removed = [&](const std::string& id, const std::string& path) {
        out.say([&] { return report::removed_json(id, path); }, [&] { return report::removed_text(out.style(), path); });
    };
    listener.progress = [&](const std::string& run, const wire::Event& wire) {
        const auto event = wire::from_wire(wire);
        if (!event) return;
        out.say([&] { return report::event_json(run, *event); }, [&] { return report::event_text(out.style(), run, *event); });
    };
    if (const auto listening = session.client.listen(std::move(listener)); !listening) return out.fail(listening.error());
    // Also starts the daemon, where the bus can.
    if (const auto there = session.client.ask([](Manager& manager) { return manager.Version(); }); !there) {
        return out.fail(there.error());
    }
    for (;;) {
        constexpr std::chrono::hours k_long{1};
        if (const auto waited = session.client.wait(k_long); !waited) return out.fail(waited.error());
    }
}

} // namespace envfix::cli
