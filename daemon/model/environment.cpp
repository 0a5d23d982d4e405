#include "model/environment.hpp"

#include "base/sha256.hpp"
#include "model/names.hpp"

namespace envfix::model {

namespace {

constexpr Names<EnvironmentKind, 7> k_kinds{{
    {EnvironmentKind::venv, "venv"},
    {EnvironmentKind::user, "user"},
    {EnvironmentKind::system, "system"},
    {EnvironmentKind::conda, "conda"},
    {EnvironmentKind::pyenv, "pyenv"},
    {EnvironmentKind::pipx, "pipx"},
    {EnvironmentKind::project, "project"},
}};

constexpr Names<EnvironmentState, 7> k_states{{
    {EnvironmentState::healthy, "healthy"},
    {EnvironmentState::degraded, "degraded"},
    {EnvironmentState::broken, "broken"},
    {EnvironmentState::fixing, "fixing"},
    {EnvironmentState::awaiting_approval, "awaiting-approval"},
    {EnvironmentState::quarantined, "quarantined"},
    {EnvironmentState::unverifiable, "unverifiable"},
}};

} // namespace

std::string_view to_string(EnvironmentKind kind)
{
    return name_of(k_kinds, kind);
}

std::optional<EnvironmentKind> environment_kind(std::string_view text)
{
    return value_of(k_kinds, text);
}

std::string_view to_string(EnvironmentState state)
{
    return name_of(k_states, state);
}

std::optional<EnvironmentState> environment_state(std::string_view text)
{
    return value_of(k_states, text);
}

std::string environment_id(EnvironmentKind kind, std::string_view path)
{
    std::string key{to_string(kind)};
    key += '\0';
    key += path;
    return sha256_hex(key).substr(0, 12);
}

} // namespace envfix::model
