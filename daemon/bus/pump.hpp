#pragma once

#include "base/result.hpp"

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <sdbus-c++/IConnection.h>

namespace envfix::bus {

/// Drives a D-Bus connection from the daemon's own loop; no second thread.
///
/// sdbus-c++ wakes nobody when a message is queued outside the pump, so whoever sends on the connection calls `kick()`
/// afterwards. Nothing is thrown out of here (THREATS.md B7).
class Pump {
public:
    Pump(const asio::any_io_executor& executor, sdbus::IConnection& connection);

    /// Until cancelled (a value), or until the bus is gone (error io).
    asio::awaitable<Result<void>> run();

    void kick() { m_wake.cancel(); }

private:
    /// True where there may be more.
    Result<bool> process_some();

    sdbus::IConnection& m_connection;
    asio::posix::stream_descriptor m_socket; ///< a dup: sd-bus keeps its own
    asio::steady_timer m_wake;
};

} // namespace envfix::bus
