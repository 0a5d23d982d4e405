#pragma once

#include "model/interpreter.hpp"
#include "pep/tags.hpp"

#include <span>
#include <string>

namespace envfix::checks {

/// What decides which wheels an interpreter takes, out of its description. `platforms` is empty where machine or C library are
/// not known well enough to judge by.
pep::TagEnvironment tag_environment(const model::Interpreter& interpreter);

/// Whether pip would take a wheel with these tags (as the lines of WHEEL spell them) for that interpreter. True where that
/// cannot be told: no tags, tags that cannot be read, or an implementation without a name.
bool takes_wheel(const model::Interpreter& interpreter, std::span<const std::string> tags);

} // namespace envfix::checks
