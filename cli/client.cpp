#include "cli/client.hpp"

#include "report/exit_code.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

namespace envfix::cli {

namespace {

constexpr const char* k_name = "org.envfix1";

/// Whether the daemon is on this bus, or would be started by a call.
bool serves(sdbus::IConnection& connection)
{
    const auto bus = wire::make_proxy(connection, "org.freedesktop.DBus", "/org/freedesktop/DBus");
    bool there = false;
    bus->callMethod("NameHasOwner")
        .onInterface("org.freedesktop.DBus")
        .withArguments(std::string{k_name})
        .storeResultsTo(there);
    if (there) return true;
    std::vector<std::string> activatable;
    bus->callMethod("ListActivatableNames").onInterface("org.freedesktop.DBus").storeResultsTo(activatable);
    return std::ranges::find(activatable, k_name) != activatable.end();
}

std::unique_ptr<sdbus::IConnection> connect(Place place)
{
    if (place == Place::system) return sdbus::createSystemBusConnection();
    if (place == Place::best && ::geteuid() == 0) {
        try {
            auto system = sdbus::createSystemBusConnection();
            if (serves(*system)) return system;
        } catch (const sdbus::Error&) {
            // A container without a system bus: root's own daemon is on the session bus.
            return sdbus::createSessionBusConnection();
        }
    }
    return sdbus::createSessionBusConnection();
}

} // namespace

Manager::Manager(sdbus::IConnection& connection)
    : ProxyInterfaces(connection, wire::ServiceName{k_name}, sdbus::ObjectPath{"/org/envfix1"})
{
}

Manager::~Manager()
{
    if (m_listens) unregisterProxy();
}

void Manager::listen(Listener listener)
{
    m_listener = std::move(listener);
    if (m_listens) return;
    registerProxy();
    m_listens = true;
    try {
        Subscribe(); // the machine's daemon tells nobody who did not ask for it
    } catch (const sdbus::Error& error) {
        // One that still runs from before an upgrade tells everybody.
        if (wire::name_of(error) != "org.freedesktop.DBus.Error.UnknownMethod") throw;
    }
}

void Manager::onEnvironmentChanged(const wire::Environment& environment)
{
    if (m_listener.environment) m_listener.environment(environment);
}

void Manager::onEnvironmentRemoved(const std::string& id, const std::string& path)
{
    if (m_listener.removed) m_listener.removed(id, path);
}

void Manager::onPlanChanged(const wire::Plan& plan)
{
    if (m_listener.plan) m_listener.plan(plan);
}

void Manager::onRunChanged(const wire::Run& run)
{
    if (m_listener.run) m_listener.run(run);
}

void Manager::onRunProgress(const std::string& run, const wire::Event& event)
{
    if (m_listener.progress) m_listener.progress(run, event);
}

void Manager::onPoliciesChanged()
{
    if (m_listener.policies) m_listener.policies();
}

void Manager::onDaemonChanged(const wire::Daemon& daemon)
{
    if (m_listener.daemon) m_listener.daemon(daemon);
}

Client::Client(std::unique_ptr<sdbus::IConnection> connection)
    : m_connection(std::move(connection)), m_manager(std::make_unique<Manager>(*m_connection))
{
}

Failure Client::failure_of(const sdbus::Error& error)
{
    return {.error = wire::from_dbus(error), .reached = !wire::says_unreachable(error)};
}

Answer<Client> Client::open(Place place)
{
    try {
        return Client(connect(place));
    } catch (const sdbus::Error& error) {
        return tl::unexpected(Failure{.error = {.code = ErrorCode::io, .message = wire::message_of(error)}, .reached = false});
    }
}

void Client::set_patience(std::chrono::seconds patience)
{
    const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(patience).count();
    m_connection->setMethodCallTimeout(static_cast<std::uint64_t>(microseconds));
}

Answer<void> Client::listen(Listener listener)
{
    try {
        m_manager->listen(std::move(listener));
        const std::string rule = "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='" +
                                 std::string{k_name} + "',arg2=''";
        wire::add_match(*m_connection, rule, [left = m_daemon_left.get()](auto&&...) { *left = true; });
        return {};
    } catch (const sdbus::Error& error) {
        return tl::unexpected(failure_of(error));
    }
}

Answer<void> Client::wait(std::chrono::milliseconds at_most)
{
    try {
        bool any = false;
        while (wire::process_one(*m_connection)) any = true;
        if (*m_daemon_left) {
            return tl::unexpected(Failure{.error = {.code = ErrorCode::io, .message = "the daemon has left the bus"}, .reached = false});
        }
        if (any) return {};
        const auto data = m_connection->getEventLoopPollData();
        const auto own = wire::relative_timeout(data).value_or(at_most);
        const auto milliseconds = std::min(at_most, std::chrono::ceil<std::chrono::milliseconds>(own));
        pollfd fd{.fd = data.fd, .events = data.events, .revents = 0};
        ::poll(&fd, 1, static_cast<int>(milliseconds.count()));
        return {};
    } catch (const sdbus::Error& error) {
        return tl::unexpected(failure_of(error));
    }
}

int exit_code(const Failure& failure)
{
    using report::Exit;
    const auto code = [&] {
        if (!failure.reached) return Exit::unreachable;
        switch (failure.error.code) {
        case ErrorCode::not_found: return Exit::not_found;
        case ErrorCode::denied: return Exit::not_authorised;
        case ErrorCode::malformed: return Exit::usage;
        case ErrorCode::timed_out: return Exit::timed_out;
        case ErrorCode::not_approved: return Exit::waiting;
        case ErrorCode::held:
        case ErrorCode::quarantined: return Exit::held;
        case ErrorCode::busy:
        case ErrorCode::cancelled:
        case ErrorCode::io:
        case ErrorCode::no_space:
        case ErrorCode::too_large:
        case ErrorCode::plan_changed:
        case ErrorCode::policy_invalid:
        case ErrorCode::not_supported: return Exit::failed;
        }
        return Exit::failed;
    };
    return static_cast<int>(code());
}

} // namespace envfix::cli
