#pragma once

#include "formats/elf.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The inside of the ELF parser: checked numbers and bounded reading.
namespace envfix::formats {

/// Numbers of one structure, in the file's class and byte order. Offsets come from <elf.h>.
/// What lies beyond the bytes reads as 0: callers check the size first.
class ElfFields {
public:
    ElfFields(std::string_view bytes, bool is_64_bit, bool little_endian)
        : m_bytes(bytes), m_is_64_bit(is_64_bit), m_little_endian(little_endian)
    {
    }

    [[nodiscard]] std::size_t pick(std::size_t for_32, std::size_t for_64) const
    {
        return m_is_64_bit ? for_64 : for_32;
    }

    [[nodiscard]] std::uint8_t u8(std::size_t offset) const
    {
        return static_cast<std::uint8_t>(number(offset, 1));
    }

    [[nodiscard]] std::uint16_t u16(std::size_t offset) const
    {
        return static_cast<std::uint16_t>(number(offset, 2));
    }

    [[nodiscard]] std::uint32_t u32(std::size_t offset) const
    {
        return static_cast<std::uint32_t>(number(offset, 4));
    }

    /// A number that has 4 bytes in 32-bit files and 8 in 64-bit files.
    [[nodiscard]] std::uint64_t word(std::size_t offset32, std::size_t offset64) const
    {
        return m_is_64_bit ? number(offset64, 8) : number(offset32, 4);
    }

    /// The same structure `by` bytes further on.
    [[nodiscard]] ElfFields at(std::size_t by) const
    {
        return {m_bytes.substr(by < m_bytes.size() ? by : m_bytes.size()), m_is_64_bit,
                m_little_endian};
    }

private:
    [[nodiscard]] std::uint64_t number(std::size_t offset, std::size_t size) const
    {
        if (offset > m_bytes.size() || m_bytes.size() - offset < size) return 0;
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < size; ++i) {
            const auto from = m_little_endian ? size - 1 - i : i;
            value = value << 8U | static_cast<unsigned char>(m_bytes[offset + from]);
        }
        return value;
    }

    std::string_view m_bytes;
    bool m_is_64_bit;
    bool m_little_endian;
};

} // namespace envfix::formats
