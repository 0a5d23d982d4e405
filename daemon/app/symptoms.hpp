#pragma once

#include "fs/tree.hpp"
#include "symptoms/symptoms.hpp"

#include <string>
#include <vector>

namespace envfix::app {

/// The symptoms in force, compiled: those that ship with the program, and those in the `symptoms` folders of the configuration
/// places, where a file masks the one of its name in a lower place. Takes some milliseconds.
symptoms::Diagnosis load_symptoms(const fs::Tree& tree, const std::vector<std::string>& config_dirs);

} // namespace envfix::app
