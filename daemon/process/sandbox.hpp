#pragma once

#include <string>
#include <vector>

/// Whether the sandbox that a unit asks for is really there: systemd leaves out without a word what the kernel, the container or
/// the bus of the user does not allow (systemd.exec(5), "Sandboxing").
namespace envfix::process {

/// Tries what the monitor of the machine (systemd/system/envfixd.service) must not be able to do: to write outside of its own
/// folders, to see homes, to open a socket of the network, to take memory and processes without end, to execute a program of the
/// system, to gain rights. Gives each that it may do, as the end of "this process may …"; nothing where the sandbox holds.
/// Takes milliseconds, changes nothing and starts no program; to be called before threads are started, since it forks.
std::vector<std::string> what_the_sandbox_lets_through();

} // namespace envfix::process
