#pragma once

#include "capture/hash_cache.hpp"
#include "capture/known_interpreters.hpp"
#include "capture/known_libraries.hpp"
#include "capture/memory.hpp"
#include "capture/places.hpp"
#include "fs/tree.hpp"
#include "model/chain.hpp"
#include "model/snapshot.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// Directories → Snapshot. Reads only; starts nothing.
namespace envfix::capture {

struct Options {
    std::string home;         ///< of the user whose user site counts; empty: none
    std::int64_t now_ns = 0;  ///< wall clock, nanoseconds since the epoch
    KnownInterpreters* interpreters = nullptr; ///< those described before; null: none is
    KnownLibraries* libraries = nullptr;       ///< what the loader said before; null: nothing is known
    Memory* memory = nullptr; ///< of a process that captures again and again; null: nothing is remembered
    KnownPlaces* places = nullptr;             ///< the same for what lies around an environment
    fs::Witness* witness = nullptr; ///< sees all that is asked of the disk, what `places` knows excepted; may be null
    bool threads = false; ///< without a memory, read in several threads: that saves more than starting them costs
    std::vector<model::PathSetting> session{}; ///< search paths that the process itself was started with
    std::map<std::string, std::string> variables{}; ///< the environment as it were under these; then nothing around it is read
};

/// All that the checks may know of an environment for this chain, as it lies on disk now. What cannot be read is in the
/// snapshot. Takes time that grows with the number of distributions, not with their size.
model::Snapshot capture(const fs::Tree& tree, const model::Environment& environment, const model::Chain& chain,
                        HashCache& hashes, const Options& options);

/// What lies around the environment of a snapshot; nothing while it is looked at under variables of somebody's choice.
Places look_around(const fs::Tree& tree, const model::Chain& chain, const Options& options, const model::Environment& environment,
                   const model::Interpreter& interpreter);

/// The folders of a snapshot's sys.path in which packages are installed, and a venv's own also while
/// it is gone: what a watch has to see.
std::vector<std::string> site_folders(const model::Snapshot& snapshot);

} // namespace envfix::capture
