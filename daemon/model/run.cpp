#include "model/run.hpp"

#include "model/names.hpp"

namespace envfix::model {

namespace {
constexpr Names<RunState, 6> k_states{{
    {RunState::running, "running"},
    {RunState::fixed, "fixed"},
    {RunState::reverted, "reverted"},
    {RunState::failed, "failed"},
    {RunState::conflict, "conflict"},
    {RunState::undone, "undone"},
}};
} // namespace

std::string_view to_string(RunState state)
{
    return name_of(k_states, state);
}

std::optional<RunState> run_state(std::string_view text)
{
    return value_of(k_states, text);
}

} // namespace envfix::model
