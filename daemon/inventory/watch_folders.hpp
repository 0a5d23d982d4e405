#pragma once

#include "model/chain.hpp"
#include "model/environment.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace envfix::inventory {

/// Why a folder of an environment is watched.
enum class FolderRole : std::uint8_t {
    prefix,  ///< holds pyvenv.cfg
    bin,     ///< holds the interpreter
    site,    ///< site-packages or dist-packages
    compiled, ///< holds compiled modules of the chain
    project,  ///< holds what a project without an environment says that it needs
    library   ///< holds site-packages and nothing else that matters: only what happens to the folders is of interest
};

struct WatchedFolder {
    std::string path;
    FolderRole role = FolderRole::site;

    bool operator==(const WatchedFolder&) const = default;
};

/// So many watches an environment may have (THREATS.md W4).
inline constexpr std::size_t k_watches_per_environment = 6;

/// The folders of an environment that are worth a watch, the most telling first; of those that
/// exist the first k_watches_per_environment are watched. `sites` are the site directories of its
/// sys.path, in order. Pure.
std::vector<WatchedFolder> watch_folders(const model::Environment& environment,
                                         const std::vector<std::string>& sites,
                                         const model::Chain& chain);

} // namespace envfix::inventory
