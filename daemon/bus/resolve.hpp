#pragma once

#include "base/result.hpp"
#include "model/environment.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace envfix::bus {

/// Which of these environments a person means by `text`: an id, a unique prefix of one (4 digits at least), the
/// path of an environment or of its executable, or a path in a project, which means the environment of the nearest
/// project folder above it. Pure: no link is followed, so absolute paths only.
///
/// Gives its index. Errors: not_found; malformed where several fit (the message names them) or the text is empty.
Result<std::size_t> resolve_environment(std::span<const model::Environment> environments, std::string_view text);

} // namespace envfix::bus
