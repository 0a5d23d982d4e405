#pragma once

#include <string>
#include <string_view>

namespace envfix::cli {

/// What a shell ("bash", "zsh", "fish") reads to complete the words of envfixctl.
std::string completion_script(std::string_view shell);

} // namespace envfix::cli
