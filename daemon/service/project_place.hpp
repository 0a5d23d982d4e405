#pragma once

#include "model/environment.hpp"
#include "service/world.hpp"

#include <functional>
#include <string>

/// A project without an environment and the venv that a fix makes in it: two environments by their ids, in one place.
namespace envfix::service {

/// What is judged for an environment: of a project the venv that has come into it meanwhile, or else the project with the
/// Python that `python3` means there, and where that is a venv's or none, with the first of this machine. All others as they are.
model::Environment as_it_lies(World& world, const model::Environment& environment);
/// The same without a world: `first_python` gives the first of this machine, or nothing.
model::Environment as_it_lies(const fs::Tree& tree, const inventory::Places& places, const model::Environment& environment,
                              const std::function<std::string()>& first_python);

/// The id of the venv that a fix makes in this project, or of the project that this venv lies in as fixes put it; empty: neither.
std::string other_id_of(const model::Environment& environment);

/// The project of this folder, as the inventory knows it.
model::Environment project_at(const std::string& folder);

} // namespace envfix::service
