#include "bus/pump.hpp"

#include "base/as_values.hpp"
#include "wire/sdbus_compat.hpp"

#include <asio/experimental/awaitable_operators.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

#include <fcntl.h>
#include <poll.h>

#include <exception>

namespace envfix::bus {

namespace {
using asio::posix::stream_descriptor;
} // namespace

Pump::Pump(const asio::any_io_executor& executor, sdbus::IConnection& connection)
    : m_connection(connection),
      m_socket(executor, ::fcntl(connection.getEventLoopPollData().fd, F_DUPFD_CLOEXEC, 3)), m_wake(executor)
{
}

Result<bool> Pump::process_some()
{
    constexpr int k_most = 64; // then timers and workers get their turn
    try {
        for (int i = 0; i < k_most; ++i) {
            if (!wire::process_one(m_connection)) return false;
        }
        return true;
    } catch (const std::exception& error) {
        return fail(ErrorCode::io, std::string{"the connection to the bus is lost: "} + error.what());
    }
}

asio::awaitable<Result<void>> Pump::run()
{
    using namespace asio::experimental::awaitable_operators;
    co_await asio::this_coro::throw_if_cancelled(false);
    for (;;) {
        const auto has_more = process_some();
        if (!has_more) co_return fail(has_more.error());
        if (*has_more) {
            co_await asio::post(m_wake.get_executor(), asio::use_awaitable);
            const auto ending = co_await asio::this_coro::cancellation_state;
            if (ending.cancelled() != asio::cancellation_type::none) co_return Result<void>{};
            continue;
        }
        const auto poll = m_connection.getEventLoopPollData(); // asked anew before every wait
        if (const auto in = wire::relative_timeout(poll)) {
            m_wake.expires_after(*in);
        } else {
            m_wake.expires_at(asio::steady_timer::time_point::max());
        }
        // Two plain statements: g++ 12 mishandles `?:` in a co_await expression.
        if ((poll.events & POLLOUT) != 0) {
            co_await (m_socket.async_wait(stream_descriptor::wait_read, k_as_values) ||
                      m_socket.async_wait(stream_descriptor::wait_write, k_as_values) || m_wake.async_wait(k_as_values));
        } else {
            co_await (m_socket.async_wait(stream_descriptor::wait_read, k_as_values) || m_wake.async_wait(k_as_values));
        }
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) co_return Result<void>{};
    }
}

} // namespace envfix::bus
