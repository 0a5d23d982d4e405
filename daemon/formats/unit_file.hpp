#pragma once

#include "formats/settings_file.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::formats {

/// A command line of a unit, its first word without the marks that systemd reads (`-`, `@`, `+`,
/// `!`, `:`).
struct UnitCommand {
    std::vector<std::string> words;
    std::size_t line = 0; ///< the first is 1

    bool operator==(const UnitCommand&) const = default;
};

/// What the [Service] section of a unit says of how its program is started (systemd.exec(5),
/// systemd.service(5)).
struct UnitFile {
    std::vector<Setting>
        environment; ///< Environment=, in order; an empty one takes those before away
    std::vector<std::string> environment_files; ///< EnvironmentFile=, without the `-`
    std::vector<UnitCommand> commands;          ///< ExecStart=
    std::string working_directory;

    bool operator==(const UnitFile&) const = default;
};

/// Reads one unit file. `%h` becomes `home`, `%%` a percent sign; other specifiers give k_unknown.
/// Never fails.
UnitFile parse_unit_file(std::string_view bytes, const std::string& home);

} // namespace envfix::formats
