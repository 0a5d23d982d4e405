#pragma once

#include "base/result.hpp"
#include "model/environment.hpp"

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>

namespace envfix::bus {

/// Whether something lies at an absolute path.
using Exists = std::function<bool(std::string_view path)>;

/// Which of these environments a person means by `text`: an id, a unique prefix of one (4 digits at least), the
/// path of an environment or of its executable, or a path in a project that is there, which means the environment of the nearest
/// project folder above it: a slip of the finger names nothing. No link is followed, so absolute paths only; the disk is only
/// asked through `exists`.
///
/// Gives its index. Errors: not_found; malformed where several fit (the message names them) or the text is empty.
Result<std::size_t> resolve_environment(std::span<const model::Environment> environments, std::string_view text,
                                        const Exists& exists);

} // namespace envfix::bus
