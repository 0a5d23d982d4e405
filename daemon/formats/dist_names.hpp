#pragma once

#include <string>
#include <string_view>

namespace envfix::formats {

enum class DistKind : unsigned char {
    none,
    dist_info, ///< NAME-VERSION.dist-info, in any case
    egg_info,  ///< NAME-VERSION[-pyX.Y].egg-info; a directory or a plain file
    egg,       ///< NAME-VERSION-pyX.Y.egg, counts only when it is itself on sys.path
    egg_link   ///< NAME.egg-link of `setup.py develop`; importlib.metadata does not read it
};

/// What the name of an entry of site-packages says. The version is only a hint: METADATA decides.
struct DistName {
    DistKind kind = DistKind::none;
    std::string name;      ///< the part before the first `-`, as written
    std::string version;   ///< the part after it, up to the next `-`; may be empty
    bool leftover = false; ///< begins with `~` or `-`: what a broken uninstall left behind

    bool operator==(const DistName&) const = default;
};

DistName parse_dist_name(std::string_view entry);

/// How importlib.metadata compares names: up to 3.9 only case and `-`/`_` are equal, from 3.10 on
/// runs of `-`, `_`, `.` are (PEP 503).
enum class NameRule : unsigned char { legacy, pep503 };
NameRule name_rule_of(int major, int minor);

/// The form under which two names are compared: equal forms are the same distribution.
std::string comparable_name(std::string_view name, NameRule rule);

/// Whether importlib.metadata, asked for `name`, takes the entry `entry` of a sys.path directory.
bool entry_matches(std::string_view entry, std::string_view name, NameRule rule);

} // namespace envfix::formats
