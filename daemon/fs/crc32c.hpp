#pragma once

#include <cstdint>
#include <string_view>

namespace envfix::fs {

/// CRC-32C (Castagnoli, RFC 3720 B.4) of some bytes; `before` continues an earlier one.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

} // namespace envfix::fs
