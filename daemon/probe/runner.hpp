#pragma once

#include "base/result.hpp"
#include "process/process.hpp"

#include <optional>
#include <string>
#include <vector>

namespace envfix::probe {

/// Whom the code of an environment runs as.
struct Runner {
    std::optional<process::Identity> identity; ///< nothing: whoever we are
    std::string home;                          ///< of that identity

    bool operator==(const Runner&) const = default;
};

/// Nobody's code runs as anybody but its owner (THREATS.md, never 1), so that of another user runs as him if we are root, and
/// not at all if we are not; root's own only where nobody but root can write. `ground`: absolute paths of the environment, its
/// own folder first, then what its interpreter reads. ErrorCode::denied names the path and whose it is.
Result<Runner> runner_of(const std::vector<std::string>& ground);

} // namespace envfix::probe
