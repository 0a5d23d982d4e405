#include "bus/credentials.hpp"

#include "wire/sdbus_compat.hpp"

namespace envfix::bus {

namespace {
constexpr std::size_t k_most_known = 4096;
constexpr std::uint64_t k_patience_us = 1'000'000;
} // namespace

Credentials::Credentials(std::unique_ptr<sdbus::IConnection> connection)
    : m_connection(std::move(connection)),
      m_bus(wire::make_proxy(*m_connection, "org.freedesktop.DBus", "/org/freedesktop/DBus"))
{
    m_connection->setMethodCallTimeout(k_patience_us);
}

Result<Credentials> Credentials::open(bool system)
{
    try {
        return Credentials(system ? sdbus::createSystemBusConnection() : sdbus::createSessionBusConnection());
    } catch (const sdbus::Error& error) {
        return fail(ErrorCode::io, "connecting to the bus: " + wire::message_of(error));
    }
}

Result<uid_t> Credentials::uid_of(const std::string& unique_name)
{
    if (const auto found = m_known.find(unique_name); found != m_known.end()) return found->second;
    try {
        std::uint32_t uid = 0;
        m_bus->callMethod("GetConnectionUnixUser")
            .onInterface("org.freedesktop.DBus")
            .withArguments(unique_name)
            .storeResultsTo(uid);
        if (m_known.size() >= k_most_known) m_known.clear(); // asked again when they call again
        m_known.emplace(unique_name, uid);
        return uid_t{uid};
    } catch (const sdbus::Error& error) {
        return fail(ErrorCode::denied, "the bus does not say who calls: " + wire::message_of(error));
    }
}

} // namespace envfix::bus
