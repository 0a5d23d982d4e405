#pragma once

#include "fs/tree.hpp"
#include "model/policy.hpp"
#include "policy/layers.hpp"

#include <string>
#include <vector>

namespace envfix::app {

/// The YAML files of one kind as they lie in the configuration places, lowest place first, and those that could not be read.
struct ConfigFiles {
    std::vector<policy::Directory> directories;
    std::vector<model::PolicyProblem> problems;
};

/// Reads `<place>/<kind>/**/*.yaml`. Before all places comes what ships inside the program below policies/<shipped>; nothing
/// does where `shipped` is empty. The last place is the user's, the one before it the administrator's. Folders are entered to a
/// depth of 4; at most 1,000 files of 256 KiB each.
ConfigFiles config_files(const fs::Tree& tree, const std::vector<std::string>& places, const std::string& kind,
                         const std::string& shipped);

/// The one file `<place>/<name>` of each place, in the same way.
ConfigFiles config_file(const fs::Tree& tree, const std::vector<std::string>& places, const std::string& name);

} // namespace envfix::app
