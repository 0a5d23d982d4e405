#pragma once

#include "model/answers.hpp"

#include <span>

namespace envfix::report {

/// The exit codes of DESIGN.md 8, the same for `envfixctl` and `envfixd check`.
enum class Exit : int {
    well = 0,
    failed = 1,
    usage = 2,
    not_authorised = 3,
    not_found = 4,
    fix_failed = 5,
    waiting = 7,
    unreachable = 8,
    timed_out = 9,
    something_wrong = 11,
    not_checked = 12,
    held = 13
};

/// What a command that shows environments ends with. Where several apply: 11, then 13, 7, 12. An error or a warning is
/// something wrong, a remark is not; nor is among others a project that only has no environment yet.
Exit exit_code(std::span<const model::EnvironmentReport> environments, std::span<const model::Plan> plans = {});

/// What `diagnose` ends with: 11 for a cause and for `other-environment`, 0 for `not-environment`, 12 for `unknown`.
Exit exit_code(std::span<const model::Cause> causes);

/// What a command that waited for a run ends with.
Exit exit_code(const model::Run& run);

} // namespace envfix::report
