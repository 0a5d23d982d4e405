#include "pep/python_string.hpp"

#include "pep/unicode.hpp"

#include <cstdint>

namespace envfix::pep {

namespace {

int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// The character behind the backslash, for escapes of one letter; 0 if there is none such.
char simple_escape(char c)
{
    switch (c) {
    case '\\':
    case '\'':
    case '"': return c;
    case 'a': return '\a';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'v': return '\v';
    default: return 0;
    }
}

class Decoder {
public:
    /// `body`: what stands between the quotes.
    explicit Decoder(std::string_view body) : m_body(body) {}

    Result<std::string> decode()
    {
        while (m_at < m_body.size()) {
            const char c = m_body[m_at++];
            if (c == '\n' || c == '\r') return refuse("a line break");
            if (c == '\0') return refuse("a null byte");
            if (c != '\\') {
                m_out += c;
            } else if (!escape()) {
                return refuse("an escape that Python refuses");
            }
        }
        return std::move(m_out);
    }

private:
    [[nodiscard]] tl::unexpected<Error> refuse(std::string_view what) const
    {
        return fail(ErrorCode::malformed,
                    std::string(what) + " in a quoted string, at its byte " + std::to_string(m_at));
    }

    bool escape()
    {
        if (m_at == m_body.size()) return false; // it would escape the closing quote
        const char c = m_body[m_at++];
        if (const char plain = simple_escape(c)) {
            m_out += plain;
            return true;
        }
        switch (c) {
        case '\r':
            if (m_at < m_body.size() && m_body[m_at] == '\n') ++m_at;
            return true;
        case '\n': return true; // the line goes on
        case 'x': return hex(2);
        case 'u': return hex(4);
        case 'U': return hex(8);
        case 'N': return false; // would need the names of all characters
        default: break;
        }
        if (c >= '0' && c <= '7') {
            octal(c);
            return true;
        }
        m_out += '\\';
        --m_at; // what follows is judged as it stands
        return true;
    }

    bool hex(std::size_t digits)
    {
        if (m_body.size() - m_at < digits) return false;
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            const int digit = hex_value(m_body[m_at++]);
            if (digit < 0) return false;
            value = value << 4U | static_cast<std::uint32_t>(digit);
        }
        if (value > 0x10FFFF) return false;
        append_utf8(m_out, value);
        return true;
    }

    void octal(char first)
    {
        auto value = static_cast<std::uint32_t>(first - '0');
        for (int i = 0; i < 2 && m_at < m_body.size(); ++i) {
            const char c = m_body[m_at];
            if (c < '0' || c > '7') break;
            value = value << 3U | static_cast<std::uint32_t>(c - '0');
            ++m_at;
        }
        append_utf8(m_out, value);
    }

    std::string_view m_body;
    std::size_t m_at = 0;
    std::string m_out;
};

} // namespace

Result<std::string> decode_python_string(std::string_view literal)
{
    const auto body = literal.substr(1, literal.size() - 2);
    constexpr std::string_view k_special("\\\n\r\0", 4);
    if (body.find_first_of(k_special) == std::string_view::npos) return std::string(body);
    return Decoder(body).decode();
}

} // namespace envfix::pep
