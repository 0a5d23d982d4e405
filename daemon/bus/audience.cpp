#include "bus/audience.hpp"

#include <algorithm>

namespace envfix::bus {

namespace {

/// A connection has left the bus: its unique name has no owner any more.
constexpr const char* k_left = "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
                               "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg2=''";

} // namespace

Audience::Audience(sdbus::IConnection& connection, const Port& port, bool one_by_one) : m_port(port), m_one_by_one(one_by_one)
{
    if (!m_one_by_one) return;
    wire::add_match(connection, k_left, [this](auto&& message) {
        try {
            std::string name;
            message >> name;
            m_subscribers.erase(name);
        } catch (const sdbus::Error&) {
            return; // the bus itself sent it: it is never anything else
        }
    });
}

Result<void> Audience::subscribe(const Caller& caller)
{
    if (!m_one_by_one || m_subscribers.contains(caller.bus_name)) return {};
    const auto own = std::ranges::count_if(m_subscribers, [&](const auto& entry) { return entry.second == caller.uid; });
    if (static_cast<std::size_t>(own) >= k_most_of_each) {
        return fail(ErrorCode::busy, "too many of your programs listen already; end one of them");
    }
    m_subscribers.emplace(caller.bus_name, caller.uid);
    return {};
}

void Audience::unsubscribe(const Caller& caller)
{
    m_subscribers.erase(caller.bus_name);
}

void Audience::tell_properties(sdbus::IObject& object, const std::string& interface, const std::string& environment,
                               const std::vector<std::string>& changed) const
{
    if (!m_one_by_one) {
        wire::emit_properties_changed(object, interface, changed);
        return;
    }
    const std::map<std::string, sdbus::Variant> values;
    tell(object, "org.freedesktop.DBus.Properties", "PropertiesChanged", environment, interface, values, changed);
}

} // namespace envfix::bus
