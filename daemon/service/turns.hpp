#pragma once

#include "base/result.hpp"

#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace envfix::service {

/// One after the other, for each key of its own. Belongs to the loop's thread.
class Turns {
    struct State;

public:
    Turns();

    /// Held while it is somebody's turn.
    class Turn {
    public:
        Turn(std::shared_ptr<State> state, std::string key) : m_state(std::move(state)), m_key(std::move(key)) {}
        ~Turn();
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        Turn(Turn&& other) noexcept = default;
        Turn& operator=(Turn&& other) noexcept;

    private:
        std::shared_ptr<State> m_state; ///< tasks that never came to their end go after whoever started them
        std::string m_key;
    };

    /// The caller's turn, if it is nobody's now.
    std::optional<Turn> take_if_free(const std::string& key);

    /// Waits until it is the caller's turn, in the order of the calls. The only error is `cancelled`.
    asio::awaitable<Result<Turn>> take(std::string key);

private:
    struct Waiter {
        asio::steady_timer called; ///< never runs out: whose turn it is has it cancelled
        bool granted = false;
    };

    struct State {
        std::map<std::string, std::list<std::shared_ptr<Waiter>>> waiting; ///< by the keys that are taken

        void give_back(const std::string& key);
    };

    std::shared_ptr<State> m_state;
};

} // namespace envfix::service
