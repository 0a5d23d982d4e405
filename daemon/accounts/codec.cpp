#include "accounts/codec.hpp"

#include "base/printable.hpp"

namespace envfix::accounts {

namespace {
constexpr std::size_t k_number_size = 4;
} // namespace

void Writer::number(std::uint32_t value)
{
    for (std::size_t i = 0; i < k_number_size; ++i) byte(static_cast<std::uint8_t>(value >> (8U * i)));
}

void Writer::text(std::string_view value)
{
    number(static_cast<std::uint32_t>(value.size()));
    m_bytes += value;
}

std::uint8_t Reader::byte()
{
    if (m_bad || m_rest.empty()) {
        m_bad = true;
        return 0;
    }
    const auto value = static_cast<std::uint8_t>(m_rest.front());
    m_rest.remove_prefix(1);
    return value;
}

std::uint8_t Reader::one_of(std::uint8_t end)
{
    const auto value = byte();
    if (value >= end) m_bad = true;
    return m_bad ? std::uint8_t{0} : value;
}

bool Reader::flag()
{
    return one_of(2) == 1;
}

std::uint32_t Reader::number()
{
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < k_number_size; ++i) value |= static_cast<std::uint32_t>(byte()) << (8U * i);
    return m_bad ? 0 : value;
}

std::uint32_t Reader::count(std::uint32_t most)
{
    const auto value = number();
    if (value > most) m_bad = true;
    return m_bad ? 0 : value;
}

std::string Reader::text(std::size_t most)
{
    const auto size = number();
    if (m_bad || size > most || size > m_rest.size()) {
        m_bad = true;
        return {};
    }
    std::string value(m_rest.substr(0, size));
    m_rest.remove_prefix(size);
    if (escape_untrusted(value) != value) m_bad = true;
    return m_bad ? std::string{} : value;
}

} // namespace envfix::accounts
