#pragma once

#include "base/result.hpp"
#include "fs/write_tree.hpp"
#include "model/plan.hpp"
#include "remedy/pip.hpp"
#include "remedy/rename_list.hpp"
#include "remedy/store.hpp"
#include "remedy/target.hpp"

#include <asio/awaitable.hpp>

#include <string>
#include <vector>

/// Builds what is new beside the old, in the run's stage; the live environment is only read.
namespace envfix::remedy {

/// What was built.
struct Staged {
    std::vector<Incoming> files;
    std::vector<std::string> distributions; ///< "cffi 1.15.1", sorted

    bool operator==(const Staged&) const = default;
};

/// Finds what pip installed below `stage` (relative to the root): the folder is where pip put the
/// metadata, never a guessed one, and the files are those of its RECORD.
/// ErrorCode::malformed where a RECORD names what is not there, or what does not belong below the
/// target.
Result<Staged> read_staged(const fs::WriteTree& root, const std::string& stage,
                           const Target& target);

/// pip's requirements file for exactly these wheels: "cffi==1.15.1 --hash=sha256:…".
/// ErrorCode::malformed for a name, version or hash that is none.
Result<std::string> requirements_of(const std::vector<model::PackageChange>& packages);

/// Installs exactly these wheels, found below `surroundings.wheels` by their hash, into
/// `stage` (a folder that is there, relative to the root).
asio::awaitable<Result<Staged>> stage_wheels(Target target, std::string stage,
                                             std::vector<model::PackageChange> packages, Pip pip,
                                             Surroundings surroundings);

/// Files of a kept distribution that are not as they should be in the environment.
/// Paths are relative to the distribution's location.
std::vector<KeptFile> missing_or_changed(const KeptDistribution& kept, const fs::WriteTree& root,
                                         const Target& target);

/// Writes these files of the store into `stage`.
Result<Staged> stage_kept(Store& store, const KeptDistribution& kept,
                          const std::vector<KeptFile>& files, const fs::WriteTree& root,
                          const std::string& stage, const Target& target);

} // namespace envfix::remedy
