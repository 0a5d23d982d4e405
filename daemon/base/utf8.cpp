#include "base/utf8.hpp"

namespace envfix {

CodePoint first_code_point(std::string_view text)
{
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80) return {lead, 1};
    std::size_t length = 0;
    char32_t value = 0;
    char32_t least = 0;
    if ((lead & 0xe0U) == 0xc0) {
        length = 2, value = lead & 0x1fU, least = 0x80;
    } else if ((lead & 0xf0U) == 0xe0) {
        length = 3, value = lead & 0x0fU, least = 0x800;
    } else if ((lead & 0xf8U) == 0xf0) {
        length = 4, value = lead & 0x07U, least = 0x10000;
    } else {
        return {};
    }
    if (text.size() < length) return {};
    for (std::size_t i = 1; i < length; ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if ((byte & 0xc0U) != 0x80) return {};
        value = (value << 6U) | (byte & 0x3fU);
    }
    const bool surrogate = value >= 0xd800 && value <= 0xdfff;
    if (value < least || value > 0x10ffff || surrogate) return {};
    return {value, length};
}

bool is_utf8(std::string_view text)
{
    while (!text.empty()) {
        const auto length = first_code_point(text).length;
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

} // namespace envfix
