#pragma once

#include "capture/looked.hpp"
#include "capture/path_settings.hpp"
#include "capture/project_folders.hpp"
#include "model/chain.hpp"
#include "model/snapshot.hpp"

#include <functional>
#include <string>
#include <vector>

namespace envfix::capture {

/// The distributions of the chain that another interpreter does not find; nothing where it cannot
/// be told.
using Lacking = std::function<std::vector<std::string>(const std::string& interpreter)>;

/// Programs that are started by another Python than the environment's: commands in its `bin` whose
/// first line names another, scripts of the project that do and import a module of the chain, and
/// units that start such a script. Interpreters that the PATH decides on (`/usr/bin/env python3`)
/// are left out.
std::vector<model::ForeignStart>
find_foreign_starts(Looked& looked, const std::vector<ProjectFolder>& folders,
                    const UserSettings& user, const model::Environment& environment,
                    const model::Chain& chain, const Lacking& lacking);

} // namespace envfix::capture
