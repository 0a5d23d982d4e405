#pragma once

#include "base/result.hpp"
#include "fs/tree.hpp"
#include "model/environment.hpp"
#include "model/snapshot.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

/// Which environments and interpreters there are, told from the disk. No Python is ever started,
/// and nothing is asked of the process's own surroundings: home, PATH and roots are given.
namespace envfix::inventory {

/// Where to look. All paths are absolute, inside of the tree that is looked at.
struct Places {
    std::string home{};               ///< of the user; empty: none, and nothing of a user is found
    std::string pyenv_root{};         ///< $PYENV_ROOT; empty: `.pyenv` in the home
    std::string path{};               ///< $PATH, for the interpreter that `python3` finds
    std::vector<std::string> roots{}; ///< project roots
    bool system = true;               ///< whether to look for the machine's own interpreters

    bool operator==(const Places&) const = default;
};

/// How much one survey may read (THREATS.md F4). What lies beyond is reported, never an error.
struct Limits {
    int depth = 32; ///< folders below a root
    std::size_t entries = 200'000;
    std::chrono::milliseconds time{10'000};
    int watched_depth = 6;  ///< folders deeper than this are not shown to the FolderHook
    std::stop_token stop{}; ///< ends a survey early, as its time limit does
};

/// What surveys have seen of the projects below the roots. Of these follows which of them have no environment
/// (inventory/projects.hpp), which no single folder tells.
struct ProjectFolders {
    std::set<std::string> asking; ///< folders that say which packages they need
    std::set<std::string> served; ///< folders whose environment lies elsewhere, by a link or by what a file of theirs says
    std::set<std::string> unseen; ///< folders below which not everything was read

    bool operator==(const ProjectFolders&) const = default;

    /// Adds what was seen of other folders.
    void add(ProjectFolders more);
    /// Forgets a folder and all below it.
    void forget_below(const std::string& folder);
};

/// What a survey found.
struct Survey {
    std::vector<model::Environment> environments; ///< sorted by path and kind; each once
    ProjectFolders projects;                      ///< below roots
    std::vector<model::Unreadable> unreadable;    ///< folders that could not be looked into, sorted
    std::vector<std::string> limits; ///< one sentence for each limit that cut the survey short
    std::size_t entries = 0;         ///< names that were read
    bool deeper = false;             ///< there are folders below Limits::watched_depth
    bool cut = false;                ///< it ended before all was seen: by its time, its entries, or Limits::stop

    bool operator==(const Survey&) const = default;
};

/// Adds what another survey found. Each environment once.
void merge(Survey& into, Survey from);

/// Called for a folder that may come to hold an environment, when it is open and before its names
/// are read: who adds a watch here misses nothing (THREATS.md W3). `fd` is borrowed. A root has
/// depth 0. May be empty.
using FolderHook = std::function<void(int fd, const std::string& path, int depth)>;

/// The environments below one project root (or below any folder `depth` levels under one): venvs,
/// also those whose interpreter is gone, and conda prefixes. Stays on the folder's file system,
/// follows no link but the root itself and those that are an environment, and is iterative.
Survey survey_below(const fs::Tree& tree, const Places& places, const std::string& folder,
                    const Limits& limits = {}, const FolderHook& hook = {}, int depth = 0);

/// The environments in the places where tools keep them: system interpreters, pyenv, uv, conda,
/// pipx, virtualenvwrapper, pipenv, poetry, and the user site once for each interpreter that reads
/// it.
Survey survey_known_places(const fs::Tree& tree, const Places& places, const Limits& limits = {},
                           const FolderHook& hook = {});

/// All of the above, for every root.
Survey survey(const fs::Tree& tree, const Places& places, const Limits& limits = {},
              const FolderHook& hook = {});

/// Whether an environment that was found before still lies where it was, by one or two looks at the
/// disk. Of a project: whether it still asks for packages.
bool is_there(const fs::Tree& tree, const model::Environment& environment);

/// What `envfixd check PATH` means by a path: a venv, conda or interpreter prefix; a user site; a
/// Python executable (as typed, so that a venv's link is that venv); a folder with environments
/// below it; or else the environment that holds the folder, or the one that `python3` finds through
/// Places::path (pyenv's `.python-version` included), with `project` set to the folder. An absolute
/// path. not_found: no such path, or nothing there that is Python; the message says which. too_large: a limit was reached
/// before any environment was found. not_supported: a folder of the kernel's, such as /proc.
Result<std::vector<model::Environment>> locate(const fs::Tree& tree, const std::string& path,
                                               const Places& places, const Limits& limits = {});

/// The `python3` that a shell would start in `folder`; a pyenv shim is looked through.
std::optional<std::string> python_on_path(const fs::Tree& tree, const Places& places, const std::string& folder);

/// Why locate() took this environment where it only stands in for one: a folder that has none of its own is judged by the
/// interpreter that `python3` means there. Empty: it is what was asked for.
std::string why_taken(const model::Environment& environment);

} // namespace envfix::inventory
