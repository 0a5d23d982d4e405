#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace envfix::policy {

/// A time as systemd writes it, without blanks: numbers with units from ms, s, m (or min), h, d, w,
/// each unit once, greatest first: "50ms", "15m", "1h30m", "7d". Nothing where it is not one, or
/// above 10 years.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// A number of bytes: "1048576", "512K", "8M", "1G", each also with "iB" ("1GiB"); powers of 1024.
/// Nothing where it is not one, or above 1 PiB.
std::optional<std::uint64_t> parse_size(std::string_view text);

} // namespace envfix::policy
