#pragma once

#include "model/run.hpp"

#include <set>
#include <string>
#include <vector>

namespace envfix::service {

/// What the environments themselves tell of runs, where a daemon died between the last rename and the history.
struct Aftermath {
    std::set<std::string> kept;   ///< runs whose new files stand: their backups lie there
    std::set<std::string> undone; ///< runs that were taken back: a backup says so

    bool operator==(const Aftermath&) const = default;
};

/// The SHA-256 of what a run's backup says of it, in hexadecimal; empty: it has none.
std::string manifest_of(const model::Run& run);

/// Reads the backups of the environments of these runs; one that cannot be read tells nothing.
Aftermath aftermath_of(const std::vector<model::Run>& runs);

} // namespace envfix::service
