#pragma once

#include "model/run.hpp"
#include "remedy/repair.hpp"
#include "service/judging.hpp"
#include "service/world.hpp"

#include <asio/awaitable.hpp>
#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

/// What the system instance may do about a finding: have packages of the system installed, by a helper of systemd's that runs as
/// root. It has no right itself, and starts no program.
namespace envfix::service {

/// Whether this is the machine's daemon.
bool is_system(const World& world);

/// Who that is, by the password database; the uid where it does not say.
std::string name_of_user(uid_t uid);

/// The rungs of a policy that this instance may try: in the system's only those that install packages of the system, or advise.
std::vector<std::vector<model::StepTemplate>> ladder_here(const World& world, std::vector<std::vector<model::StepTemplate>> ladder);

/// How a run of the system instance ended.
using SystemFix = remedy::RepairEnd;

/// The transaction of one rung of a run: the same whenever it is asked for, so that its unit is found again.
std::string transaction_of(const std::string& run_id, std::size_t rung);

/// Whether carrying it out may start the package manager.
bool installs_for_system(const model::Plan& plan);

/// Carries out a plan rung by rung until what it is to remove is gone from the disk. Errors: plan_changed; cancelled: we are to
/// end, and what was begun goes on without us.
asio::awaitable<Result<SystemFix>> fix_system(World* world, model::Environment environment, model::Plan plan, std::string run_id,
                                              std::function<void(const model::RunEvent&)> tell);

/// How a run ended during which we did: what the package manager had begun is waited for, and the disk is judged again. Nothing
/// more is begun. Errors: cancelled as above; others: systemd does not say.
asio::awaitable<Result<SystemFix>> end_interrupted(World* world, model::Environment environment, model::Plan plan, model::Run run,
                                                   std::function<void(const model::RunEvent&)> tell);

/// Has packages installed that somebody else asked for (service/packages.hpp): its end is what apt-get says, and the proof is left to
/// whoever asked. Error `cancelled` as above.
asio::awaitable<Result<SystemFix>> install_asked(World* world, model::Plan plan, std::string run_id,
                                                 std::function<void(const model::RunEvent&)> tell);

/// How such a run ended during which we did. Errors as of end_interrupted.
asio::awaitable<Result<SystemFix>> end_interrupted_install(World* world, model::Plan plan, model::Run run,
                                                           std::function<void(const model::RunEvent&)> tell);

} // namespace envfix::service
