#pragma once

#include "fs/tree.hpp"
#include "model/plan.hpp"

#include <string>
#include <vector>

/// What is approved is one version of a package, not whatever the system's package manager has by then (THREATS.md X5, B2).
namespace envfix::service {

/// Writes into each step that installs packages of the system in which version: the one that dpkg has installed, which is to come
/// back as it was. Which one apt would take for a package that is not there, its own settings decide when it runs, so that nobody
/// could approve it: such a rung is left out, with the command for a person. `dpkg_status`: the file, for tests.
void pin_versions(const fs::Tree& tree, std::vector<model::Rung>& rungs, const std::string& dpkg_status = "/var/lib/dpkg/status");

} // namespace envfix::service
