#pragma once

#include "cli/commands.hpp"

#include <array>
#include <string>
#include <string_view>

namespace envfix::cli {

/// Shells that there is a completion script for.
inline constexpr std::array<std::string_view, 3> k_shells{"bash", "fish", "zsh"};

/// What the scripts ask back: names that only the daemon knows.
inline constexpr std::array<std::string_view, 5> k_word_lists{"environments", "findings", "plans", "policies", "runs"};

/// The completion script of one of k_shells.
std::string completion_script(std::string_view shell);

/// Prints one of k_word_lists: a name a line, after a tab what it is. Of the first k_page of each kind.
int run_completion_words(const Session& session);

} // namespace envfix::cli
