#pragma once

#include "model/run.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace envfix::engine {

/// What a repair does next, with which rung of its ladder.
struct Action {
    enum class Kind : std::uint8_t {
        stage,     ///< build what is new beside the old
        trial,     ///< import the chain in a copy
        apply,     ///< make the renames
        prove,     ///< look at the live environment again
        keep,      ///< make it final
        take_back, ///< all renames back
        discard,   ///< throw the stage away: nothing has happened
        finish     ///< say how it ended: `end`
    };
    Kind kind = Kind::finish;
    std::size_t rung = 0;
    model::RunState end = model::RunState::failed; ///< of finish

    bool operator==(const Action&) const = default;
};

/// How an action went.
enum class Went : std::uint8_t {
    well,
    badly,    ///< this rung does not do it
    conflict, ///< somebody else works there
    cancelled ///< we are to stop
};

/// Decides what one repair does next, and does nothing itself. The first rung whose proof holds is
/// kept; whatever was applied and is not kept is taken back before anything else happens.
class Attempt {
public:
    /// One element for each rung: whether it can be tried at all.
    explicit Attempt(std::vector<bool> available) : m_available(std::move(available)) {}

    [[nodiscard]] Action begin();
    [[nodiscard]] Action done(Went went); ///< how the last action went

private:
    [[nodiscard]] Action next(Action::Kind kind);
    [[nodiscard]] Action next_rung(std::size_t from);
    [[nodiscard]] Action finish(model::RunState end);
    [[nodiscard]] Action leave(Went went, Action::Kind how);

    std::vector<bool> m_available;
    Action m_last{};
    bool m_tried = false;                            ///< a rung came as far as its trial
    bool m_stopping = false;                         ///< no further rung
    model::RunState m_end = model::RunState::failed; ///< if m_stopping
};

} // namespace envfix::engine
