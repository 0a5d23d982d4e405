#pragma once

#include "model/snapshot.hpp"

#include <string>
#include <vector>

/// What a venv uses of the system's packages and the person's, and needs itself once it sees neither.
namespace envfix::remedy {

struct Adopted {
    std::string name; ///< as its metadata spells it
    std::string version;

    bool operator==(const Adopted&) const = default;
};

/// The distributions in the system's and the user's sites that are imported today for the chain or
/// for what is installed in the venv itself, by their requirements. By normalized name, each once;
/// what the venv has itself is not among them. Pure.
std::vector<Adopted> adopted_by(const model::Snapshot& snapshot);

} // namespace envfix::remedy
