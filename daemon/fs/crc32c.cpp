#include "fs/crc32c.hpp"

#include <array>
#include <cstddef>

namespace envfix::fs {

namespace {

constexpr std::array<std::uint32_t, 256> table()
{
    constexpr std::uint32_t k_polynomial = 0x82F63B78; // reflected
    std::array<std::uint32_t, 256> entries{};
    for (std::uint32_t i = 0; i < entries.size(); ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit)
            value = (value >> 1U) ^ ((value & 1U) != 0 ? k_polynomial : 0U);
        entries[i] = value;
    }
    return entries;
}

constexpr auto k_table = table();

} // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before)
{
    std::uint32_t value = ~before;
    for (const char byte : bytes)
        value = (value >> 8U) ^ k_table[(value ^ static_cast<unsigned char>(byte)) & 0xFFU];
    return ~value;
}

} // namespace envfix::fs
