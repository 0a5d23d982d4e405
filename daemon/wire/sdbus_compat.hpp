#pragma once

// What sdbus-c++ 1.2 (Debian 12) and 2.1 (Debian 13) do differently, and nothing else. ENVFIX_SDBUS is the major version.

#include <sdbus-c++/sdbus-c++.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace envfix::wire {

/// The name and the text of an error that came over the bus.
inline std::string name_of(const sdbus::Error& error)
{
    return error.getName();
}

inline std::string message_of(const sdbus::Error& error)
{
    return error.getMessage();
}

#if ENVFIX_SDBUS >= 2

using ServiceName = sdbus::ServiceName;
using AsyncError = std::optional<sdbus::Error>; ///< what a reply handler is given first

/// Calls `heard(message)` for what fits the rule, as long as the connection lives.
template <typename Heard> void add_match(sdbus::IConnection& connection, const std::string& rule, Heard heard)
{
    connection.addMatch(rule, std::move(heard));
}

/// After the last `uponSignal` of a proxy.
inline void start_listening(sdbus::IProxy& /*proxy*/) {}

inline sdbus::Error make_error(const std::string& name, const std::string& message)
{
    return {sdbus::Error::Name{name}, message};
}

inline void take_name(sdbus::IConnection& connection, const std::string& name)
{
    connection.requestName(sdbus::ServiceName{name});
}

inline bool process_one(sdbus::IConnection& connection)
{
    return connection.processPendingEvent();
}

/// How long the connection may be left alone; nothing: until something happens.
inline std::optional<std::chrono::microseconds> relative_timeout(const sdbus::IConnection::PollData& poll)
{
    const auto in = poll.getRelativeTimeout();
    if (in == std::chrono::microseconds::max()) return std::nullopt;
    return in;
}

inline std::unique_ptr<sdbus::IProxy> make_proxy(sdbus::IConnection& connection, const std::string& service,
                                                 const std::string& path)
{
    return sdbus::createProxy(connection, sdbus::ServiceName{service}, sdbus::ObjectPath{path});
}

inline sdbus::MethodCall make_call(sdbus::IProxy& proxy, const std::string& interface, const std::string& method)
{
    return proxy.createMethodCall(sdbus::InterfaceName{interface}, sdbus::MethodName{method});
}

inline sdbus::Signal make_signal(sdbus::IObject& object, const std::string& interface, const std::string& signal)
{
    return object.createSignal(sdbus::InterfaceName{interface}, sdbus::SignalName{signal});
}

inline std::string sender_of(const sdbus::IObject& object)
{
    const auto message = object.getCurrentlyProcessedMessage();
    const char* sender = message.getSender();
    return sender == nullptr ? std::string{} : std::string{sender};
}

/// Interface and name of the method that is being called.
inline std::pair<std::string, std::string> called_on(const sdbus::IObject& object)
{
    const auto message = object.getCurrentlyProcessedMessage();
    const char* interface = message.getInterfaceName();
    const char* member = message.getMemberName();
    return {interface == nullptr ? "" : interface, member == nullptr ? "" : member};
}

inline void emit_properties_changed(sdbus::IObject& object, const std::string& interface,
                                    const std::vector<std::string>& names)
{
    std::vector<sdbus::PropertyName> properties(names.begin(), names.end());
    object.emitPropertiesChangedSignal(sdbus::InterfaceName{interface}, properties);
}

#else

using ServiceName = std::string;
using AsyncError = const sdbus::Error*; ///< what a reply handler is given first

/// Calls `heard(message)` for what fits the rule, as long as the connection lives.
template <typename Heard> void add_match(sdbus::IConnection& connection, const std::string& rule, Heard heard)
{
    connection.addMatch(rule, std::move(heard), sdbus::floating_slot);
}

/// After the last `uponSignal` of a proxy.
inline void start_listening(sdbus::IProxy& proxy)
{
    proxy.finishRegistration();
}

inline sdbus::Error make_error(const std::string& name, const std::string& message)
{
    return {name, message};
}

inline void take_name(sdbus::IConnection& connection, const std::string& name)
{
    connection.requestName(name);
}

inline bool process_one(sdbus::IConnection& connection)
{
    return connection.processPendingRequest();
}

/// How long the connection may be left alone; nothing: until something happens.
inline std::optional<std::chrono::microseconds> relative_timeout(const sdbus::IConnection::PollData& poll)
{
    return poll.getRelativeTimeout();
}

inline std::unique_ptr<sdbus::IProxy> make_proxy(sdbus::IConnection& connection, const std::string& service,
                                                 const std::string& path)
{
    return sdbus::createProxy(connection, service, path);
}

inline sdbus::MethodCall make_call(sdbus::IProxy& proxy, const std::string& interface, const std::string& method)
{
    return proxy.createMethodCall(interface, method);
}

inline sdbus::Signal make_signal(sdbus::IObject& object, const std::string& interface, const std::string& signal)
{
    return object.createSignal(interface, signal);
}

inline std::string sender_of(const sdbus::IObject& object)
{
    const auto* message = object.getCurrentlyProcessedMessage();
    return message == nullptr ? std::string{} : message->getSender();
}

/// Interface and name of the method that is being called.
inline std::pair<std::string, std::string> called_on(const sdbus::IObject& object)
{
    const auto* message = object.getCurrentlyProcessedMessage();
    if (message == nullptr) return {};
    return {message->getInterfaceName(), message->getMemberName()};
}

inline void emit_properties_changed(sdbus::IObject& object, const std::string& interface,
                                    const std::vector<std::string>& names)
{
    object.emitPropertiesChangedSignal(interface, names);
}

#endif

} // namespace envfix::wire
