#include "bus/units.hpp"

#include "bus/paths.hpp"
#include "wire/sdbus_compat.hpp"

#include <exception>
#include <map>
#include <utility>

namespace envfix::bus {

namespace {

constexpr const char* k_systemd = "org.freedesktop.systemd1";
constexpr const char* k_manager = "org.freedesktop.systemd1.Manager";
constexpr std::uint64_t k_patience_us = 10'000'000;
constexpr std::size_t k_most_units = 32;

using Properties = std::map<std::string, sdbus::Variant>;

std::string text_in(const Properties& properties, const char* name)
{
    const auto found = properties.find(name);
    return found != properties.end() && found->second.containsValueOfType<std::string>() ? found->second.get<std::string>()
                                                                                        : std::string{};
}

/// Whether the unit's property Job, an id and an object, names one: 0 is none.
bool job_in(const Properties& properties)
{
    using Job = sdbus::Struct<std::uint32_t, sdbus::ObjectPath>;
    const auto found = properties.find("Job");
    return found != properties.end() && found->second.containsValueOfType<Job>() && std::get<0>(found->second.get<Job>()) != 0;
}

} // namespace

Units::Units(sdbus::IConnection& connection, std::function<void()> kick)
    : m_connection(connection), m_kick(std::move(kick)),
      m_manager(wire::make_proxy(connection, k_systemd, "/org/freedesktop/systemd1"))
{
}

void Units::order(const char* method, const std::string& unit, std::function<void(Result<void>)> done)
{
    try {
        m_manager->callMethodAsync(method)
            .onInterface(k_manager)
            .withTimeout(k_patience_us)
            .withArguments(unit, std::string{"fail"})
            .uponReplyInvoke([done, unit](wire::AsyncError error, const sdbus::ObjectPath& /*job*/) {
                if (error) return done(fail(ErrorCode::denied, "systemd refuses " + unit + ": " + wire::message_of(*error)));
                done({});
            });
        m_kick();
    } catch (const std::exception& thrown) {
        done(fail(ErrorCode::io, std::string{"systemd cannot be asked: "} + thrown.what()));
    }
}

void Units::start(const std::string& unit, std::function<void(Result<void>)> done)
{
    order("StartUnit", unit, std::move(done));
}

void Units::stop(const std::string& unit, std::function<void(Result<void>)> done)
{
    m_units.erase(unit); // whoever lets go of it asks no more
    order("StopUnit", unit, std::move(done));
}

void Units::state(const std::string& unit, std::function<void(Result<UnitState>)> done)
{
    try {
        if (m_units.size() >= k_most_units && !m_units.contains(unit)) m_units.clear(); // failed ones are never let go of
        auto& proxy = m_units[unit];
        if (proxy == nullptr) proxy = wire::make_proxy(m_connection, k_systemd, "/org/freedesktop/systemd1/unit/" + escaped_for_path(unit));
        proxy->callMethodAsync("GetAll")
            .onInterface("org.freedesktop.DBus.Properties")
            .withTimeout(k_patience_us)
            .withArguments(std::string{}) // of all interfaces: the one of units and the one of services
            .uponReplyInvoke([done, unit](wire::AsyncError error, const Properties& properties) {
                if (error) return done(fail(ErrorCode::io, "the state of " + unit + ": " + wire::message_of(*error)));
                done(UnitState{.active = text_in(properties, "ActiveState"), .result = text_in(properties, "Result"),
                               .has_job = job_in(properties)});
            });
        m_kick();
    } catch (const std::exception& thrown) {
        done(fail(ErrorCode::io, std::string{"systemd cannot be asked: "} + thrown.what()));
    }
}

} // namespace envfix::bus
