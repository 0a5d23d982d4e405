#include "pep/version_key.hpp"

#include <array>
#include <cstring>
#include <memory>
#include <utility>

namespace envfix::pep {

namespace {

// Numbers. 0 to 239 take one byte, 1 to 240. Up to 19 digits: 240 + n and n bytes, big endian.
// More: 249, four bytes that say how many digits, the digits.
constexpr unsigned k_small_numbers = 240;
constexpr unsigned char k_many_digits = k_small_numbers + 9;

constexpr char k_release_end = 0;
// Pre-release: a version with nothing but a development release comes before all pre-releases.
constexpr char k_pre_only_dev = 1;
constexpr char k_pre_letter = 1; ///< + PreLetter: 2 to 4
constexpr char k_pre_none = 5;
constexpr char k_post_none = 1;
constexpr char k_post = 2;
constexpr char k_dev = 1;
constexpr char k_dev_none = 2;
// Local part: words before numbers; a word ends with 0.
constexpr char k_local_word = 1;
constexpr char k_local_number = 2;

std::string_view without_leading_zeros(std::string_view digits)
{
    const auto at = digits.find_first_not_of('0');
    return at == std::string_view::npos ? std::string_view{} : digits.substr(at);
}

/// Writes into a buffer on the stack, or on the heap if the version is long.
class KeyWriter {
public:
    /// `text_size`: the bytes of all parts together.
    explicit KeyWriter(std::size_t text_size)
    {
        // A number of 20 digits takes 25 bytes, and every other part less than its text and 2 more.
        const auto bound = 2 * text_size + 16;
        if (bound > m_small.size()) {
            m_large = std::make_unique<char[]>(bound);
            m_begin = m_large.get();
        } else {
            m_begin = m_small.data();
        }
        m_at = m_begin;
    }

    KeyWriter(const KeyWriter&) = delete;
    KeyWriter& operator=(const KeyWriter&) = delete;

    void byte(char value) { *m_at++ = value; }

    void bytes(std::string_view value)
    {
        std::memcpy(m_at, value.data(), value.size());
        m_at += value.size();
    }

    void number(std::uint64_t value)
    {
        if (value < k_small_numbers) {
            byte(static_cast<char>(value + 1));
            return;
        }
        unsigned size = 1;
        while (size < 8 && value >> (8 * size) != 0)
            ++size;
        byte(static_cast<char>(k_small_numbers + size));
        for (unsigned i = size; i-- > 0;)
            byte(static_cast<char>((value >> (8 * i)) & 0xFFU));
    }

    void number(std::string_view digits)
    {
        if (digits.size() > Digits::k_max_for_value) {
            digits = without_leading_zeros(digits);
            if (digits.size() > Digits::k_max_for_value) {
                byte(static_cast<char>(k_many_digits));
                for (unsigned shift : {24U, 16U, 8U, 0U}) {
                    byte(static_cast<char>((digits.size() >> shift) & 0xFFU));
                }
                bytes(digits);
                return;
            }
        }
        std::uint64_t value = 0;
        for (const char c : digits)
            value = value * 10 + static_cast<std::uint64_t>(c - '0');
        number(value);
    }

    void number(const Digits& digits)
    {
        if (digits.fits()) {
            number(digits.value);
        } else {
            number(digits.text);
        }
    }

    /// Returns how many trailing zeros were left out.
    std::uint32_t release(const VersionParts& parts)
    {
        if (parts.number_count == 0) return release(parts.release);
        std::uint32_t zeros = 0;
        for (std::size_t i = 0; i < parts.number_count; ++i) {
            if (parts.numbers[i] == 0) {
                ++zeros;
                continue;
            }
            for (; zeros > 0; --zeros)
                number(std::uint64_t{0});
            number(parts.numbers[i]);
        }
        byte(k_release_end);
        return zeros;
    }

    std::uint32_t release(std::string_view text)
    {
        std::uint32_t zeros = 0;
        const char* at = text.data();
        const char* const end = at + text.size();
        for (;; ++at) {
            const char* const begin = at;
            std::uint64_t value = 0; // means nothing if there are too many digits
            for (; at != end && *at != '.'; ++at) {
                value = value * 10 + static_cast<std::uint64_t>(*at - '0');
            }
            const std::string_view digits(begin, static_cast<std::size_t>(at - begin));
            const bool is_long = digits.size() > Digits::k_max_for_value;
            if (is_long ? without_leading_zeros(digits).empty() : value == 0) {
                ++zeros;
            } else {
                for (; zeros > 0; --zeros)
                    number(std::uint64_t{0});
                is_long ? number(digits) : number(value);
            }
            if (at == end) break;
        }
        byte(k_release_end);
        return zeros;
    }

    void pre(const VersionParts& parts)
    {
        if (parts.pre != PreLetter::none) {
            byte(static_cast<char>(k_pre_letter + static_cast<char>(parts.pre)));
            number(parts.pre_number);
        } else {
            byte(parts.has_dev && !parts.has_post ? k_pre_only_dev : k_pre_none);
        }
    }

    void post(const VersionParts& parts)
    {
        byte(parts.has_post ? k_post : k_post_none);
        if (parts.has_post) number(parts.post_number);
    }

    void dev(const VersionParts& parts)
    {
        byte(parts.has_dev ? k_dev : k_dev_none);
        if (parts.has_dev) number(parts.dev_number);
    }

    void local(std::string_view text)
    {
        for (std::size_t at = 0; at < text.size();) {
            auto end = at;
            bool is_number = true;
            for (; end < text.size() && text[end] != '.' && text[end] != '-' && text[end] != '_';
                 ++end) {
                is_number &= text[end] >= '0' && text[end] <= '9';
            }
            if (is_number) {
                byte(k_local_number);
                number(text.substr(at, end - at));
            } else {
                byte(k_local_word);
                for (; at < end; ++at) {
                    const char c = text[at];
                    byte(c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c);
                }
                byte(0);
            }
            at = end + 1;
        }
    }

    [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(m_at - m_begin); }

    [[nodiscard]] std::string text() const { return {m_begin, m_at}; }

private:
    std::array<char, 144> m_small; // deliberately not initialised: only what is written is read
    std::unique_ptr<char[]> m_large;
    char* m_begin;
    char* m_at;
};

std::size_t text_size(const VersionParts& parts)
{
    return parts.epoch.text.size() + parts.release.size() + parts.pre_number.text.size() +
           parts.post_number.text.size() + parts.dev_number.text.size() + parts.local.size();
}

/// The digits of the number behind `digits`.
std::string next_number(std::string_view digits)
{
    std::string out(digits);
    for (auto at = out.size(); at-- > 0;) {
        if (out[at] != '9') {
            ++out[at];
            return out;
        }
        out[at] = '0';
    }
    return '1' + out;
}

VersionParts dev_of(VersionParts parts)
{
    parts.has_dev = true;
    parts.dev_number = {};
    parts.local = {};
    return parts;
}

} // namespace

VersionKey make_key(const VersionParts& parts)
{
    KeyWriter writer(text_size(parts));
    writer.number(parts.epoch);
    const auto trailing_zeros = writer.release(parts);
    writer.pre(parts);
    const auto pre_end = writer.size();
    writer.post(parts);
    writer.dev(parts);
    const auto public_end = writer.size();
    if (!parts.local.empty()) writer.local(parts.local);
    return {.bytes = writer.text(),
            .trailing_zeros = trailing_zeros,
            .pre_end = pre_end,
            .public_end = public_end};
}

std::string first_dev(const VersionParts& parts)
{
    return make_key(dev_of(parts)).bytes;
}

std::string first_of_prefix(const VersionParts& parts)
{
    return first_dev({.epoch = parts.epoch, .release = parts.release});
}

std::string end_of_prefix(const VersionParts& parts)
{
    const auto last = parts.release.rfind('.') + 1; // 0 if there is one component only
    const auto release =
        std::string(parts.release.substr(0, last)) + next_number(parts.release.substr(last));
    return first_dev({.epoch = parts.epoch, .release = release});
}

unsigned char KeyReader::take()
{
    const auto value = static_cast<unsigned char>(m_key.front());
    m_key.remove_prefix(1);
    return value;
}

std::string KeyReader::number()
{
    const unsigned first = take();
    if (first <= k_small_numbers) return std::to_string(first - 1);
    if (first == k_many_digits) {
        std::size_t size = 0;
        for (int i = 0; i < 4; ++i)
            size = size << 8U | take();
        std::string digits(m_key.substr(0, size));
        m_key.remove_prefix(size);
        return digits;
    }
    std::uint64_t value = 0;
    for (unsigned i = first - k_small_numbers; i > 0; --i)
        value = value << 8U | take();
    return std::to_string(value);
}

bool KeyReader::release_ends()
{
    if (m_key.front() != k_release_end) return false;
    m_key.remove_prefix(1);
    return true;
}

PreLetter KeyReader::pre(std::string& number_out)
{
    const auto marker = static_cast<char>(take());
    if (marker == k_pre_only_dev || marker == k_pre_none) return PreLetter::none;
    number_out = number();
    return static_cast<PreLetter>(marker - k_pre_letter);
}

bool KeyReader::post(std::string& number_out)
{
    if (take() == k_post_none) return false;
    number_out = number();
    return true;
}

bool KeyReader::dev(std::string& number_out)
{
    if (take() == k_dev_none) return false;
    number_out = number();
    return true;
}

std::string KeyReader::local()
{
    std::string out;
    while (!m_key.empty()) {
        if (!out.empty()) out += '.';
        if (take() == k_local_number) {
            out += number();
        } else {
            const auto end = m_key.find('\0');
            out += m_key.substr(0, end);
            m_key.remove_prefix(end + 1);
        }
    }
    return out;
}

} // namespace envfix::pep
