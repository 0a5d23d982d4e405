#pragma once

#include "bus/machine.hpp"
#include "model/plan.hpp"
#include "model/run.hpp"
#include "probe/probe.hpp"
#include "remedy/repair.hpp"
#include "service/judging.hpp"
#include "service/world.hpp"

#include <asio/awaitable.hpp>

#include <functional>
#include <string>
#include <vector>

/// What a user's daemon has the machine's one do: packages of the system, in versions that are frozen in the plan. Of what that one
/// says nothing counts but versions, and how its run ended; whether it helped is proved in the user's own environment.
namespace envfix::service {

/// The packages that a rung installs and that the machine's daemon may be asked for: all of its steps are apt's. Empty: it is another
/// rung, or is left out.
std::vector<std::string> packages_to_ask_for(const model::Rung& rung);

/// Writes into the rung's steps what the machine's daemon answered: the versions, or why a person has to do it.
void note_versions(model::Rung& rung, const Result<std::vector<model::PackageVersion>>& answer);

/// Whether a plan hands packages of the system to a person, which the machine's daemon might install another time.
bool hands_over_packages(const model::Plan& plan);

/// Asks for the versions of all rungs of a user's plan that install packages of the system; waits for two seconds at most. The only
/// error is `cancelled`.
asio::awaitable<Result<std::vector<model::Rung>>> ask_machine(World* world, std::vector<model::Rung> rungs);

/// How a rung ended that the machine's daemon did.
struct MachineEnd {
    remedy::RepairEnd end;
    bool installed = false; ///< it has changed the machine, and that stays
};

/// Has one rung done and proves it in the environment. `proof`: what has to work afterwards, in the real interpreter. Errors, with
/// nothing done: plan_changed (the environment has moved since), busy (an installer works there); cancelled: we are to end, and the
/// machine's daemon goes on.
asio::awaitable<Result<MachineEnd>> fix_by_machine(World* world, model::Environment environment, model::Plan plan, std::size_t rung,
                                                   probe::Request proof, std::function<void(const model::RunEvent&)> tell);

} // namespace envfix::service
