#pragma once

#include "base/result.hpp"

#include <sdbus-c++/IConnection.h>
#include <sdbus-c++/IProxy.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <unordered_map>

namespace envfix::bus {

/// Which uid owns a connection of the bus, by its unique name.
///
/// Asked of the bus once for each name (a unique name is never given twice), over a connection of its own: a handler must
/// not call synchronously on the one that it serves. The bus answers at once or is gone.
class Credentials {
public:
    /// On the system bus or the session's.
    static Result<Credentials> open(bool system);

    /// Errors: denied where the caller has vanished or the bus does not know.
    Result<uid_t> uid_of(const std::string& unique_name);

private:
    explicit Credentials(std::unique_ptr<sdbus::IConnection> connection);

    std::unique_ptr<sdbus::IConnection> m_connection;
    std::unique_ptr<sdbus::IProxy> m_bus;
    std::unordered_map<std::string, uid_t> m_known;
};

} // namespace envfix::bus
