#pragma once

#include "model/answers.hpp"
#include "model/report.hpp"

#include <span>
#include <vector>

namespace envfix::symptoms {

/// What a text says, held against what lies on disk in the environments that it names. Pure.
///
/// A cause that the disk shows, too, is certain and comes first. Where the text could mean several causes, and the disk shows
/// another one of them for the same package, that one comes first instead. What was seen is said, with the environment's path;
/// so is it that an environment which was looked at shows nothing of a cause, which could have been mended meanwhile. What is no
/// environment's failure stays that, whatever lies on disk.
std::vector<model::Cause> decide(std::vector<model::Cause> causes, std::span<const model::EnvironmentReport> environments);

} // namespace envfix::symptoms
