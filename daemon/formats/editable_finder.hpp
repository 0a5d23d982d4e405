#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace envfix::formats {

/// A module that an editable install's finder serves, and where it lies.
struct EditableModule {
    std::string name;   ///< dotted: "jwt"
    std::string target; ///< a folder with an `__init__`, or a file without its ending

    bool operator==(const EditableModule&) const = default;
};

/// What the `MAPPING` line of setuptools' `__editable___NAME_finder.py` says (setuptools 64 and
/// later): a dictionary of plain string literals. Nothing is run; what is no such line gives
/// nothing.
std::vector<EditableModule> parse_editable_finder(std::string_view bytes);

/// The finder's module that a .pth line installs: "__editable___jwt_1_0_finder" out of
/// `import __editable___jwt_1_0_finder; __editable___jwt_1_0_finder.install()`; empty for every
/// other line.
std::string_view editable_finder_of(std::string_view pth_line);

} // namespace envfix::formats
