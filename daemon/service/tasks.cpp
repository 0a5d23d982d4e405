#include "service/tasks.hpp"

#include "base/printable.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <spdlog/spdlog.h>

#include <utility>

namespace envfix::service {

namespace {

void log_fault(const std::string& name, const std::exception_ptr& fault)
{
    try {
        std::rethrow_exception(fault);
    } catch (const std::exception& error) {
        spdlog::critical("{} ended unexpectedly: {}", name, escape_untrusted(error.what()));
    }
}

} // namespace

Tasks::Tasks(asio::any_io_executor executor, OnFault on_fault)
    : m_executor(std::move(executor)), m_on_fault(std::move(on_fault))
{
}

Tasks::~Tasks() = default;

void Tasks::start(std::string name, asio::awaitable<void> task)
{
    const auto entry = std::make_shared<Task>();
    entry->name = std::move(name);
    m_tasks.push_back(entry);
    asio::co_spawn(m_executor, std::move(task),
                   asio::bind_cancellation_slot(entry->signal.slot(), [this, entry](std::exception_ptr fault) {
                       m_tasks.remove(entry);
                       if (!fault) return;
                       log_fault(entry->name, fault);
                       m_on_fault(fault);
                   }));
}

void Tasks::cancel_all()
{
    const auto running = m_tasks; // a task that ends at once leaves the list
    for (const auto& task : running) task->signal.emit(asio::cancellation_type::terminal);
}

} // namespace envfix::service
