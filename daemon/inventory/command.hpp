#pragma once

#include "fs/tree.hpp"
#include "model/command.hpp"

#include <optional>
#include <string>

namespace envfix::inventory {

/// The Python that a command runs in: the program itself where it is one, the one that its first line names (`#!`, through
/// env(1), or through sh where pip had to write it so), or else the `python3` that it would start: that of its VIRTUAL_ENV, or
/// of its PATH. An absolute path, as it was named, that need not exist: whose interpreter is gone is asked for by it, too.
std::optional<std::string> interpreter_of_command(const fs::Tree& tree, const model::CommandContext& command);

} // namespace envfix::inventory
