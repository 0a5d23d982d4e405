#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::formats {

/// One entry point: `name = module:attr [extras]` in the section `group`.
struct EntryPoint {
    std::string group;
    std::string name;
    std::string value; ///< what stands after `=`, trimmed

    bool operator==(const EntryPoint&) const = default;
};

struct EntryPoints {
    std::vector<EntryPoint> entries;    ///< in the order of the file
    std::vector<std::string> malformed; ///< lines without `=`: importlib.metadata of 3.10 and later
                                        ///< raises TypeError for the whole file

    bool operator==(const EntryPoints&) const = default;
};

/// Reads entry_points.txt as importlib.metadata of 3.10 and later does, but goes on after a
/// malformed line. Lines before the first section do not count. Never fails.
EntryPoints parse_entry_points(std::string_view text);

/// What an entry point refers to.
struct EntryPointTarget {
    std::string module;
    std::string attribute; ///< dotted; empty if the module itself is meant

    bool operator==(const EntryPointTarget&) const = default;
};

/// `pkg.mod:obj.attr [extra]` taken apart; nothing if it has not this form.
std::optional<EntryPointTarget> parse_entry_point_value(std::string_view value);

} // namespace envfix::formats
