#pragma once

#include <string>
#include <vector>

namespace envfix::model {

/// What the real interpreter said when it imported a chain.
struct ProbeResult {
    bool ran = false;   ///< false: it could not be started, or not asked
    bool ok = false;
    std::string import; ///< the module that failed; empty if ok
    std::string error;  ///< "ModuleNotFoundError: No module named '_cffi_backend'", or the signal or limit that ended it

    bool operator==(const ProbeResult&) const = default;
};

} // namespace envfix::model
