#include "policy/daemon_config.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

/// A configuration is refused with a reason, or its values are within their limits.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto config = envfix::policy::parse_daemon_config(text, "f", {}, "/home/me");
    if (!config) {
        if (config.error().empty() || config.error().front().reason.empty()) std::abort();
        return 0;
    }
    for (const auto& root : config->roots) {
        if (!root.starts_with('/')) std::abort();
    }
    if (config->fixes_per_day < 0 || config->fixes_per_day > 3) std::abort();
    if (config->quiet.count() < 10 || config->depth < 1) std::abort();
    (void)envfix::policy::is_ignored(*config, "/home/me/src/app/.venv");
    return 0;
}
