#include "service/tasks.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>

#include <utility>

namespace envfix::service {

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
                       if (fault) m_on_fault(entry->name, fault);
                   }));
}

void Tasks::cancel_all()
{
    const auto running = m_tasks; // a task that ends at once leaves the list
    for (const auto& task : running) task->signal.emit(asio::cancellation_type::terminal);
}

} // namespace envfix::service
