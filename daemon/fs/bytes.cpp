#include "fs/bytes.hpp"

namespace envfix::fs {

ByteWriter& ByteWriter::u8(std::uint8_t value)
{
    m_bytes.push_back(static_cast<char>(value));
    return *this;
}

ByteWriter& ByteWriter::u32(std::uint32_t value)
{
    for (unsigned shift = 0; shift < 32; shift += 8)
        u8(static_cast<std::uint8_t>((value >> shift) & 0xFFU));
    return *this;
}

ByteWriter& ByteWriter::u64(std::uint64_t value)
{
    u32(static_cast<std::uint32_t>(value & 0xFFFFFFFFU));
    return u32(static_cast<std::uint32_t>(value >> 32U));
}

ByteWriter& ByteWriter::text(std::string_view value)
{
    u32(static_cast<std::uint32_t>(value.size()));
    m_bytes.append(value);
    return *this;
}

std::string_view ByteReader::take(std::size_t size)
{
    if (!m_ok || size > m_rest.size()) {
        m_ok = false;
        return {};
    }
    const auto taken = m_rest.substr(0, size);
    m_rest.remove_prefix(size);
    return taken;
}

std::uint8_t ByteReader::u8()
{
    const auto bytes = take(1);
    return bytes.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(bytes[0]);
}

std::uint32_t ByteReader::u32()
{
    const auto bytes = take(4);
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        value |= std::uint32_t{static_cast<std::uint8_t>(bytes[i])} << (8 * i);
    return value;
}

std::uint64_t ByteReader::u64()
{
    const std::uint64_t low = u32();
    return low | (std::uint64_t{u32()} << 32U);
}

std::string ByteReader::text()
{
    return std::string(take(u32()));
}

std::size_t ByteReader::count(std::size_t least)
{
    const std::size_t number = u32();
    if (least != 0 && number > m_rest.size() / least) {
        m_ok = false;
        return 0;
    }
    return number;
}

Result<void> ByteReader::finish(const std::string& what) const
{
    if (m_ok && m_rest.empty()) return {};
    return fail(ErrorCode::malformed, what + " is damaged");
}

} // namespace envfix::fs
