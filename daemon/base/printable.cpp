#include "base/printable.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>

namespace envfix {

namespace {

constexpr std::size_t k_limit = 256;

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
        const auto [code_point, length] = first_code_point(untrusted);
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
