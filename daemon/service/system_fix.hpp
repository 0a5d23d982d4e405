#pragma once

#include "model/run.hpp"
#include "service/judging.hpp"
#include "service/world.hpp"

#include <asio/awaitable.hpp>
#include <sys/types.h>

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
struct SystemFix {
    model::RunState state = model::RunState::failed;
    std::string summary;
    std::string proof;
};

/// Carries out a plan rung by rung until what it is to remove is gone from the disk. Errors: plan_changed.
asio::awaitable<Result<SystemFix>> fix_system(World* world, model::Environment environment, model::Plan plan,
                                              std::function<void(const model::RunEvent&)> tell);

} // namespace envfix::service
