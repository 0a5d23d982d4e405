#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace envfix::model {

enum class EnvironmentKind : std::uint8_t { venv, user, system, conda, pyenv, pipx, project };

/// As DESIGN.md 8 spells it: "venv", "user", …
std::string_view to_string(EnvironmentKind kind);
std::optional<EnvironmentKind> environment_kind(std::string_view text);

/// States of an environment (DESIGN.md 8). "Could not check" is never shown as good nor as bad.
enum class EnvironmentState : std::uint8_t {
    healthy,
    degraded,
    broken,
    fixing,
    awaiting_approval,
    quarantined,
    unverifiable
};
std::string_view to_string(EnvironmentState state); ///< "awaiting-approval" with a hyphen
std::optional<EnvironmentState> environment_state(std::string_view text);

/// Which environment: where it lies and by which executable it is entered.
struct Environment {
    std::string id;   ///< 12 hexadecimal digits of the SHA-256 of kind and path; stable
    std::string path; ///< prefix of a venv, conda, pyenv or system install; site folder of a user site
    EnvironmentKind kind = EnvironmentKind::venv;
    std::string executable; ///< the interpreter that enters it, as one would type it; empty: none found
    std::string project;    ///< the project folder that holds it; empty: none

    bool operator==(const Environment&) const = default;
};

/// The id that an environment of this kind at this path has.
std::string environment_id(EnvironmentKind kind, std::string_view path);

} // namespace envfix::model
