#pragma once

#include "base/result.hpp"
#include "model/snapshot.hpp"

#include <map>
#include <string>
#include <vector>

namespace envfix::app {

enum class Instance : unsigned char { user, system };

/// What the process was started with: read once, then passed on as a value. Nothing else asks the environment.
struct Surroundings {
    Instance instance = Instance::user;
    std::string home;
    std::string user;                     ///< name of the user, or his uid in digits
    std::string search_path;              ///< $PATH
    std::string pyenv_root;               ///< $PYENV_ROOT; may be empty
    std::string state_dir;                ///< own state, 0700 (DESIGN.md 10, THREATS.md F6)
    std::string cache_dir;                ///< own cache, may be lost; empty: there is no home to keep it in
    std::vector<std::string> config_dirs; ///< lowest first
    bool config_dirs_given = false;       ///< by ENVFIX_CONFIG_DIRS
    std::string working_directory;        ///< absolute
    std::map<std::string, std::string> pip_variables; ///< PIP_INDEX_URL and the like, where packages come from
    std::vector<model::PathSetting> search_paths; ///< PYTHONPATH and its like: what the session gives to every program
};

/// Reads them of this process. Errors: malformed where HOME is needed and is no absolute path.
Result<Surroundings> surroundings_of_process(Instance instance);

} // namespace envfix::app
