#pragma once

#include "base/result.hpp"
#include "model/plan.hpp"
#include "model/policy.hpp"
#include "model/snapshot.hpp"
#include "remedy/pip_settings.hpp"
#include "remedy/store.hpp"
#include "remedy/surroundings.hpp"

#include <asio/awaitable.hpp>

#include <string>
#include <string_view>
#include <vector>

/// From a ladder as a policy words it to the steps of a plan: with exact versions, hashes and
/// sources, so that nothing is decided any more while it runs.
namespace envfix::remedy {

struct ResolveRequest {
    model::Snapshot snapshot;
    std::vector<std::vector<model::StepTemplate>> ladder; ///< of policy::Draft
    bool allow_externally_managed = false;
    PipSettings settings; ///< the person's own
    Surroundings surroundings;
    std::vector<model::Interpreter> interpreters; ///< of this machine that are no venv's
};

/// One rung for each of the ladder, in order. A rung that cannot be tried says why in
/// `unavailable`. Fetches wheels; changes nothing in the environment. `store` may be null. The only
/// error is `cancelled`.
asio::awaitable<Result<std::vector<model::Rung>>> resolve(ResolveRequest request, Store* store);

/// A distribution as a policy names it.
struct Wanted {
    std::string name;      ///< as written
    std::string specifier; ///< ">=1.16,<2"; may be empty
    std::string extras{};  ///< "crypto,test"; may be empty

    bool operator==(const Wanted&) const = default;
};

/// Reads "cffi>=1.16" or "PyJWT[crypto]"; what an extra brings in, the plan names as well. ErrorCode::malformed for what is no name or no specifier. Pure.
Result<Wanted> parse_wanted(std::string_view text);

/// What is asked of pip to install a distribution that is not there: the policy's own specifier
/// and those of all that require it here. Pure.
std::string install_requirement(const Wanted& wanted, const model::Snapshot& snapshot);

/// The settings under which a step's wheels are looked for: the policy's own places replace the
/// person's. Pure.
PipSettings settings_for(const model::StepTemplate& step, PipSettings settings);

} // namespace envfix::remedy
