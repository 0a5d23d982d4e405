#include "base/printable.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace envfix {

namespace {

constexpr std::size_t k_limit = 256;

struct Decoded {
    char32_t code_point = 0;
    std::size_t length = 0; ///< 0: not UTF-8
};

Decoded decode(std::string_view text)
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

/// C0, DEL, C1, the bidirectional controls, zero-width characters, line separators, tags.
bool is_dangerous(char32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || c == 0x061c ||
           (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
           (c >= 0xe0000 && c <= 0xe007f);
}

void append_escaped(std::string& out, char32_t c)
{
    std::array<char, 16> text{};
    const char* format = c < 0x80 ? "\\x%02x" : (c < 0x10000 ? "\\u%04x" : "\\U%08x");
    std::snprintf(text.data(), text.size(), format, static_cast<unsigned>(c));
    out += text.data();
}

std::string escape(std::string_view untrusted, std::size_t limit)
{
    std::string out;
    out.reserve(std::min(untrusted.size(), limit));
    while (!untrusted.empty()) {
        std::string piece;
        const auto [code_point, length] = decode(untrusted);
        if (length == 0) {
            std::array<char, 8> text{};
            std::snprintf(text.data(), text.size(), "\\x%02x",
                          static_cast<unsigned>(static_cast<unsigned char>(untrusted[0])));
            piece = text.data();
            untrusted.remove_prefix(1);
        } else {
            if (is_dangerous(code_point)) {
                append_escaped(piece, code_point);
            } else {
                piece = untrusted.substr(0, length);
            }
            untrusted.remove_prefix(length);
        }
        if (limit != std::string::npos && out.size() + piece.size() > limit - 3) {
            return out + "...";
        }
        out += piece;
    }
    return out;
}

} // namespace

Printable::Printable(std::string_view untrusted) : m_text(escape(untrusted, k_limit)) {}

std::string escape_untrusted(std::string_view untrusted)
{
    return escape(untrusted, std::string::npos);
}

} // namespace envfix
