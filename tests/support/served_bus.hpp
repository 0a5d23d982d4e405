#pragma once

#include "bus/service.hpp"
#include "support/fake_port.hpp"
#include "support/private_bus.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <utility>

namespace envfix {

/// A service over the fake port, on a bus of its own. It is served by the test's thread while `during` runs something else.
class ServedBus {
public:
    explicit ServedBus(bus::Service::Options options = {}) : m_service(open(options))
    {
        m_service->publish_all();
        if (const auto claimed = m_service->claim_name(); !claimed) throw std::runtime_error(claimed.error().message);
        asio::co_spawn(io, m_service->run(),
                       asio::bind_cancellation_slot(
                           m_stop.slot(), [this](std::exception_ptr thrown, Result<void> result) {
                               if (thrown) std::rethrow_exception(thrown);
                               ended = std::move(result);
                               if (std::exchange(m_leaving, false)) {
                                   m_service.reset();
                               } else {
                                   io.stop();
                               }
                           }));
        port.asked.clear();
    }

    /// Runs `work` on a thread of its own while the service answers; gives what it gives, throws what it throws.
    template <typename Work> auto during(const Work& work)
    {
        using Value = std::invoke_result_t<Work>;
        std::exception_ptr thrown;
        std::optional<std::conditional_t<std::is_void_v<Value>, bool, Value>> value;
        io.restart();
        std::thread client([&] {
            try {
                if constexpr (std::is_void_v<Value>) {
                    work();
                } else {
                    value.emplace(work());
                }
            } catch (...) {
                thrown = std::current_exception();
            }
            asio::post(io, [this] { io.stop(); });
        });
        io.run_for(std::chrono::seconds(30));
        client.join();
        if (thrown) std::rethrow_exception(thrown);
        if constexpr (!std::is_void_v<Value>) return std::move(*value);
    }

    bus::Service& service() { return *m_service; }

    /// Takes the service from the bus while the loop runs.
    void leave()
    {
        m_leaving = true;
        m_stop.emit(asio::cancellation_type::terminal);
    }

    /// The same while the loop stands still.
    void stop_service()
    {
        leave();
        io.restart();
        io.run_for(std::chrono::seconds(5));
    }

    PrivateBus bus;
    asio::io_context io{1};
    FakePort port;
    std::optional<Result<void>> ended; ///< what `run` ended with

private:
    bus::Service open(bus::Service::Options options)
    {
        auto opened = bus::Service::open(io.get_executor(), port, options);
        if (!opened) throw std::runtime_error(opened.error().message);
        return std::move(*opened);
    }

    std::optional<bus::Service> m_service;
    asio::cancellation_signal m_stop;
    bool m_leaving = false;
};

} // namespace envfix
