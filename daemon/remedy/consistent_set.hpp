#pragma once

#include "base/result.hpp"
#include "formats/pip_report.hpp"
#include "model/snapshot.hpp"
#include "remedy/pip.hpp"
#include "remedy/target.hpp"

#include <asio/awaitable.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

/// What else a set of packages needs, by pip's own resolver, so that a plan names all of it before
/// anything is done.
namespace envfix::remedy {

/// Whether this pip can tell what it would install without doing it: 22.2 and later. Pure.
bool can_report(const Pip& pip);

/// "name==version" for everything that is installed in the target's site folder but `asked`
/// (normalized names): it is to stay as it is. Pure.
std::vector<std::string> constraints_of(const model::Snapshot& snapshot, const Target& target,
                                        const std::set<std::string>& asked);

/// What pip takes for there already: what its interpreter has installed, or nothing of it.
enum class Installed : std::uint8_t { kept, ignored };

/// What pip would install so that the requirements and all that they require are there, with what
/// is installed already left as it is, or as if nothing were. Installs nothing.
/// ErrorCode::not_found: there is no such set, in pip's words. io: the index cannot be reached.
/// not_supported: this pip failed for a reason of its own.
asio::awaitable<Result<std::vector<formats::PipReportItem>>>
consistent_set(Pip pip, std::vector<std::string> requirements, std::vector<std::string> constraints,
               PipSettings settings, Surroundings surroundings,
               Installed installed = Installed::kept);

} // namespace envfix::remedy
