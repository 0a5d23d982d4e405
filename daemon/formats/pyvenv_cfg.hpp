#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::formats {

/// One `key = value` line of pyvenv.cfg.
struct PyvenvEntry {
    std::string key; ///< lower case, without white space at its ends
    std::string value;

    bool operator==(const PyvenvEntry&) const = default;
};

struct PyvenvCfg {
    std::vector<PyvenvEntry> entries; ///< in the order of the file, repeated keys included
    bool not_utf8 = false;

    /// The value that counts for site.py: the last one. `key` in lower case.
    [[nodiscard]] std::optional<std::string_view> last(std::string_view key) const;

    /// `include-system-site-packages`: only `true`, in any case, enables. A missing key gives
    /// nothing, and the interpreter then behaves as if it were true.
    [[nodiscard]] std::optional<bool> include_system_site_packages() const;

    bool operator==(const PyvenvCfg&) const = default;
};

/// Reads pyvenv.cfg as site.py does: lines without `=` do not count. Never fails.
PyvenvCfg parse_pyvenv_cfg(std::string_view bytes);

/// `home` as the start-up code of CPython 3.`minor` reads it, which looks for the base interpreter
/// with it: the first such line counts. 3.11 and later read it like every other key; 3.10 and
/// earlier only the exact spelling `home = VALUE`, with blanks around `=`, ended by a line end.
std::optional<std::string> home_at_startup(std::string_view bytes, int minor);

} // namespace envfix::formats
