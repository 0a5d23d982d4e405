#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/cancellation_signal.hpp>

#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <string>

namespace envfix::service {

/// The coroutines that nobody awaits. Each can be cancelled; one that ends by an exception is a fault of ours, which the journal
/// is told of and then `on_fault`. All belong to the loop's thread. Destroyed only after the loop has stopped.
class Tasks {
public:
    using OnFault = std::function<void(const std::exception_ptr&)>;

    Tasks(asio::any_io_executor executor, OnFault on_fault);
    ~Tasks();
    Tasks(const Tasks&) = delete;
    Tasks& operator=(const Tasks&) = delete;
    Tasks(Tasks&&) = delete;
    Tasks& operator=(Tasks&&) = delete;

    void start(std::string name, asio::awaitable<void> task);

    /// Asks every task to end. They end as the loop goes on.
    void cancel_all();

    [[nodiscard]] std::size_t running() const { return m_tasks.size(); }

private:
    struct Task {
        std::string name;
        asio::cancellation_signal signal;
    };

    asio::any_io_executor m_executor;
    OnFault m_on_fault;
    std::list<std::shared_ptr<Task>> m_tasks;
};

} // namespace envfix::service
