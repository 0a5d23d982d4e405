#pragma once

#include <string>
#include <string_view>

namespace envfix::policy {

constexpr std::size_t k_most_glob = 1024;

/// Whether the text is a glob that may be used: "*" any characters of one component, "?" one of
/// them, "**" any number of whole components, "\" takes the next character as it is. "**" must
/// stand between slashes or at an end. At most 1024 bytes.
bool is_glob(std::string_view glob);

/// Whether a whole path matches. "/a/**" is everything below /a, and /a itself; "**/x" an x
/// anywhere. Time grows with the path's length times the glob's, whatever both hold.
bool glob_matches(std::string_view glob, std::string_view path);

/// `text` with every character that means something in a glob escaped.
std::string glob_escaped(std::string_view text);

} // namespace envfix::policy
