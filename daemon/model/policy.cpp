#include "model/policy.hpp"

#include "model/names.hpp"

namespace envfix::model {

namespace {
constexpr Names<PolicyMode, 3> k_modes{{
    {PolicyMode::observe, "observe"},
    {PolicyMode::ask, "ask"},
    {PolicyMode::automatic, "auto"},
}};
} // namespace

std::string_view to_string(PolicyMode mode)
{
    return name_of(k_modes, mode);
}

std::optional<PolicyMode> policy_mode(std::string_view text)
{
    return value_of(k_modes, text);
}

} // namespace envfix::model
