#pragma once

#include "model/chain.hpp"
#include "model/snapshot.hpp"

#include <string>
#include <string_view>

/// What several checks ask of a snapshot.
namespace envfix::checks {

/// Whether anything of this link can be found: its metadata, or a module of it.
bool is_present(const model::LinkState& link);

/// Whether the chain of that name concerns this environment at all: a member is there, or the project asks for one.
bool concerns(const model::Snapshot& snapshot, const model::Chain& chain, std::string_view name);

/// Whether every folder of sys.path could be read to its end: only then does absence mean anything.
bool knows_what_is_absent(const model::Snapshot& snapshot);

/// Whether the interpreter is known well enough to judge compiled files by it.
bool knows_extensions(const model::Snapshot& snapshot);

/// Whether `link` has a module by that dotted name among its extensions or imports.
const model::ModuleFile* module_of(const model::LinkState& link, std::string_view module);

/// The link of that distribution, compared as PEP 503 does; nullptr where the chain has none.
const model::LinkState* link_of(const model::Snapshot& snapshot, std::string_view distribution);

/// "cffi 1.15.1", or the name alone where no version is known.
std::string titled(const model::LinkState& link);

/// PEP 503 normalisation of a project's name.
std::string normalized(std::string_view name);

/// "Python 3.11.2", "PyPy 3.9.16".
std::string python_name(const model::Interpreter& interpreter);

/// `/v/bin/python -m pip install --force-reinstall --no-deps cffi==1.15.1`: what a person would type.
std::string reinstall_command(const model::Snapshot& snapshot, const model::LinkState& link);

/// `/v/bin/python -m pip install NAME`.
std::string install_command(const model::Snapshot& snapshot, std::string_view requirement);

/// The name of a machine as e_machine numbers it: "x86-64", "AArch64", "machine 243".
std::string machine_name(std::uint16_t machine);

} // namespace envfix::checks
