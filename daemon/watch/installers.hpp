#pragma once

#include "fs/tree.hpp"
#include "model/environment.hpp"

#include <string>
#include <vector>

namespace envfix::watch {

/// A process that installs or removes packages in an environment.
struct Installer {
    int pid = 0;
    std::string what; ///< "pip install", "uv sync", "apt-get"

    bool operator==(const Installer&) const = default;
};

struct Installers {
    std::vector<Installer> at_work; ///< by pid
    /// Why some may not have been seen: other users' processes are hidden from us. Empty: all were.
    std::string blind;

    bool operator==(const Installers&) const = default;
};

/// What is known of one process. What may not be read of another user's is empty.
struct Process {
    int pid = 0;
    int parent = 0;
    int group = 0;
    std::vector<std::string> arguments;
    std::string executable; ///< real path
    std::string folder;     ///< in which it runs
    std::string
        virtual_env; ///< $VIRTUAL_ENV, $CONDA_PREFIX or $UV_PROJECT_ENVIRONMENT, the first set

    bool operator==(const Process&) const = default;
};

/// "pip install" for a process that changes packages somewhere; empty for any other, also for a pip
/// that only lists. Pure.
std::string installing(const Process& process);

/// Whether an installer works in this environment, as far as its arguments, its interpreter, its
/// folder and its surroundings tell. In doubt, it does: we would only wait. `is_in_a_venv`: it was
/// started by a path in some venv. Pure.
bool concerns(const Process& process, const model::Environment& environment, bool is_in_a_venv);

/// pip, uv, poetry, pdm, conda and their like at work in the environment, and, for an environment
/// of a system interpreter, apt and dpkg, also by the locks that they hold. `proc` is a tree with a
/// /proc in it. Processes of `own` pids and process groups, and their children, do not count.
Installers installers_at_work(const fs::Tree& proc, const model::Environment& environment,
                              const std::vector<int>& own = {});

} // namespace envfix::watch
