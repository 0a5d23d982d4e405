#pragma once

#include "base/result.hpp"
#include "model/plan.hpp"
#include "model/policy.hpp"

#include <string>
#include <vector>

/// Packages of the system are installed by its own package manager, and by a person: we show the
/// command and never run it.
namespace envfix::remedy {

struct SystemCommand {
    std::string program;               ///< "apt-get"
    std::vector<std::string> packages; ///< of this package manager
    std::string line;                  ///< "sudo apt-get install --reinstall -- libffi8"

    bool operator==(const SystemCommand&) const = default;
};

/// The commands for what a policy names as "apt:libffi8", one for each package manager, in the
/// policy's order. Pure.
std::vector<SystemCommand> system_commands(const std::vector<std::string>& wanted);

/// Says in the step which command a person gives: the one of a package manager that is here. Errors: not_supported.
Result<void> add_system_command(const model::StepTemplate& wanted, model::Step& made);

/// Whether the system has this program, in its own folders.
bool has_program(const std::string& name);

} // namespace envfix::remedy
