#pragma once

#include "policy/problems.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::policy {

/// envfixd.yaml and its drop-ins. Every value here is the default, and its comment the key.
/// `envfix: 1` may be there, as in the other files.
struct DaemonConfig {
    std::vector<std::string> roots;  ///< roots: folders with projects, absolute, ~ expanded
    std::vector<std::string> ignore; ///< ignore: globs of folders below them that are left out
    std::vector<std::string> chains; ///< chains: names of those that must work; empty: all that there are
    std::string log = "info";                    ///< log: error, warn, info or debug

    // settle: when a burst of changes is over (THREATS.md W1)
    std::chrono::milliseconds quiet{50}; ///< quiet: after the last RECORD appeared
    std::chrono::milliseconds patience{
        10'000}; ///< patience: silence until unfinished counts as broken

    // watch:
    int depth = 6;                            ///< depth: of folders above environments
    std::chrono::milliseconds sweep{600'000}; ///< sweep: how often what lies deeper is looked at
    std::chrono::milliseconds poll{300'000};  ///< poll: how often what cannot be watched is
    std::int64_t most_watches = 0;            ///< most: 0 is what the kernel allows

    // probe: importing the chain in the real interpreter
    std::chrono::milliseconds probe_timeout{30'000};      ///< timeout
    std::uint64_t probe_memory = std::uint64_t{1} << 30U; ///< memory: bytes

    // backups: and store:
    std::chrono::milliseconds keep_backups{604'800'000};  ///< backups: keep
    std::uint64_t backup_bytes = std::uint64_t{1} << 30U; ///< backups: size
    std::uint64_t store_bytes = std::uint64_t{2} << 30U;  ///< store: size

    // plans: and fixes:
    std::chrono::milliseconds plan_expires{86'400'000}; ///< plans: expire
    bool automatic =
        true; ///< fixes: automatic; false: whatever a policy says, a person starts each fix
    int fixes_per_day =
        3; ///< fixes: per-day, for each environment; may only be lowered (THREATS.md W5)

    bool notify_desktop = true; ///< notify: desktop; messages where something breaks or a plan waits

    bool operator==(const DaemonConfig&) const = default;
};

/// Names of folders that are left out wherever they lie, whatever the configuration says.
inline constexpr std::array<std::string_view, 9> k_always_ignored{
    ".envfix",     ".git", ".hg",         ".mypy_cache", ".pytest_cache",
    ".ruff_cache", ".svn", "__pycache__", "node_modules"};

/// Reads one file over what lower files said: a key that is there replaces the value, a list the
/// whole list. `home` is what ~ stands for; empty (the machine's daemon): roots below it are nobody's.
Parsed<DaemonConfig> parse_daemon_config(std::string_view text, std::string_view file,
                                         const DaemonConfig& below = {},
                                         std::string_view home = {});

/// Whether a folder is left out: its name is always, or a glob of `ignore` matches its name (a glob
/// without "/") or its whole path.
bool is_ignored(const DaemonConfig& config, std::string_view path);

} // namespace envfix::policy
