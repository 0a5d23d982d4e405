#pragma once

#include "base/result.hpp"
#include "bus/port.hpp"
#include "wire/sdbus_compat.hpp"

#include <sdbus-c++/IConnection.h>
#include <sdbus-c++/IObject.h>
#include <sdbus-c++/Message.h>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace envfix::bus {

/// Who hears of what changes (DESIGN.md 9, THREATS.md B5). On the session bus that is whoever has a match rule: all are the same user.
/// On the system bus each signal goes, one by one, to those who subscribed and may see what it is about; nobody else gets it from the
/// bus. Whoever leaves the bus is forgotten.
class Audience {
public:
    /// Subscribers of one user.
    static constexpr std::size_t k_most_of_each = 16;

    Audience(sdbus::IConnection& connection, const Port& port, bool one_by_one);

    /// Once for each connection; again is no error. Errors: busy where the user has too many. On a session bus it changes nothing.
    Result<void> subscribe(const Caller& caller);
    void unsubscribe(const Caller& caller);

    [[nodiscard]] std::size_t size() const { return m_subscribers.size(); }

    /// Sends a signal about an environment; about the daemon itself where `environment` is empty.
    template <typename... Values>
    void tell(sdbus::IObject& object, const char* interface, const char* member, const std::string& environment, const Values&... values) const
    {
        const auto make = [&] {
            auto signal = wire::make_signal(object, interface, member);
            static_cast<void>((signal << ... << values));
            return signal;
        };
        if (!m_one_by_one) {
            object.emitSignal(make());
            return;
        }
        for (const auto& [name, uid] : m_subscribers) {
            if (!environment.empty() && !m_port.may_see(environment, {.uid = uid, .bus_name = name})) continue;
            auto signal = make();
            signal.setDestination(name);
            object.emitSignal(signal);
        }
    }

    /// PropertiesChanged of an object; one by one it says only which: whoever wants the values asks for them.
    void tell_properties(sdbus::IObject& object, const std::string& interface, const std::string& environment,
                         const std::vector<std::string>& changed) const;

private:
    const Port& m_port;
    bool m_one_by_one;
    std::map<std::string, uid_t> m_subscribers; ///< by unique name, which is never given twice
};

} // namespace envfix::bus
