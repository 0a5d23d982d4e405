#pragma once

#include "base/result.hpp"
#include "model/plan.hpp"
#include "model/policy.hpp"
#include "model/snapshot.hpp"
#include "remedy/pip_settings.hpp"
#include "remedy/store.hpp"
#include "remedy/surroundings.hpp"

#include <asio/awaitable.hpp>

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

} // namespace envfix::remedy
