#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::formats {

/// Which program reads a file of variables, and so by which rules.
enum class SettingsForm : unsigned char {
    dotenv,        ///< a project's .env, and /etc/environment: `NAME=value`, `export` allowed
    environment_d, ///< environment.d(5)
    shell ///< a shell's profile, direnv's .envrc: only `export` at the start of a line, and
          ///< path_add
};

/// One variable that a file sets.
struct Setting {
    std::string name;
    std::string value;
    std::size_t line = 0; ///< the first is 1

    bool operator==(const Setting&) const = default;
};

using Variables = std::map<std::string, std::string, std::less<>>;

/// The variables that a file sets, in its order; a `unset` takes those before it away. Nothing is
/// run. `known` are values for `$NAME` (HOME, PWD); what cannot be told from the text, another
/// variable or a command, stands as k_unknown in the value. What depends on a condition (indented
/// lines of a shell file) is left out. Never fails.
std::vector<Setting> parse_settings(std::string_view bytes, SettingsForm form,
                                    const Variables& known);

/// Stands in a value for what only the program that reads the file could tell.
constexpr char k_unknown = '\x01';

/// The parts of a search path between its colons that are known and not empty.
std::vector<std::string> split_search_path(std::string_view value);

} // namespace envfix::formats
