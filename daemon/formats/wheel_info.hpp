#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::formats {

/// The WHEEL file of a dist-info directory: what the wheel was built for.
struct WheelInfo {
    std::vector<std::string> tags; ///< "cp311-cp311-manylinux_2_17_x86_64"…, in order
    std::optional<bool>
        root_is_purelib; ///< "true" in any case means that it holds no compiled file
    std::string generator;

    bool operator==(const WheelInfo&) const = default;
};

/// Reads WHEEL with the same header rules as METADATA. Never fails.
WheelInfo parse_wheel_info(std::string_view text);

/// The tool named by INSTALLER: its first line, trimmed ("pip", "uv", "debian"); empty if there is
/// none.
std::string parse_installer(std::string_view text);

} // namespace envfix::formats
