#pragma once

#include "bus/authority.hpp"

#include <sdbus-c++/IConnection.h>
#include <sdbus-c++/IProxy.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>

namespace envfix::bus {

/// Asks polkit whether the owner of a bus name may do something (org.freedesktop.PolicyKit1.Authority.CheckAuthorization). A
/// person may be asked for a password meanwhile. Absent, refusing, failing or too slow: no (THREATS.md B1).
class Polkit final : public Authority {
public:
    struct Patience {
        std::uint64_t usec = 120'000'000; ///< for somebody to find his password
        std::size_t per_user = 4;         ///< questions at once (THREATS.md B6)
    };

    /// The connection outlives this; `kick` tells whoever pumps it that there is something to send.
    Polkit(sdbus::IConnection& connection, std::function<void()> kick);
    Polkit(sdbus::IConnection& connection, std::function<void()> kick, Patience patience);

    void ask(const Caller& caller, Right right, Answer answer) override;

private:
    void cancel(const std::string& question);
    void ended(uid_t uid);

    std::function<void()> m_kick;
    Patience m_patience;
    std::map<uid_t, std::size_t> m_pending;
    std::uint64_t m_asked = 0;
    std::unique_ptr<sdbus::IProxy> m_proxy; ///< goes first: answers that are still to come refer to the rest
};

} // namespace envfix::bus
