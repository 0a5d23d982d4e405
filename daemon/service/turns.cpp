#include "service/turns.hpp"

#include "base/as_values.hpp"

#include <asio/this_coro.hpp>

namespace envfix::service {

Turns::Turns() : m_state(std::make_shared<State>()) {}

Turns::Turn::~Turn()
{
    if (m_state) m_state->give_back(m_key);
}

Turns::Turn& Turns::Turn::operator=(Turn&& other) noexcept
{
    Turn taken(std::move(other)); // what was held until now is given back by it
    std::swap(m_state, taken.m_state);
    std::swap(m_key, taken.m_key);
    return *this;
}

std::optional<Turns::Turn> Turns::take_if_free(const std::string& key)
{
    if (!m_state->waiting.try_emplace(key).second) return std::nullopt;
    return Turn(m_state, key);
}

asio::awaitable<Result<Turns::Turn>> Turns::take(std::string key)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto state = m_state;
    if (state->waiting.try_emplace(key).second) co_return Turn(state, std::move(key));
    const auto executor = co_await asio::this_coro::executor;
    const auto waiter = std::make_shared<Waiter>(Waiter{.called = asio::steady_timer(executor, asio::steady_timer::time_point::max())});
    state->waiting[key].push_back(waiter);
    co_await waiter->called.async_wait(k_as_values);
    if (waiter->granted) co_return Turn(state, std::move(key));
    state->waiting[key].remove(waiter);
    co_return fail(ErrorCode::cancelled, "stopped before its turn");
}

void Turns::State::give_back(const std::string& key)
{
    const auto taken = waiting.find(key);
    if (taken->second.empty()) {
        waiting.erase(taken);
        return;
    }
    const auto next = taken->second.front();
    taken->second.pop_front();
    next->granted = true;
    next->called.cancel();
}

} // namespace envfix::service
