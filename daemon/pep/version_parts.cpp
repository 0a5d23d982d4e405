#include "pep/version_parts.hpp"

namespace envfix::pep {

namespace {

constexpr bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

constexpr char lower_ascii(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

/// Each optional part is taken greedily and never given back: in this grammar no version that could
/// be read otherwise is lost by that.
class Scanner {
public:
    explicit Scanner(std::string_view text)
        : m_begin(text.data()), m_at(m_begin), m_end(m_begin + text.size())
    {
    }

    std::size_t scan(VersionTail tail, VersionParts& parts)
    {
        if (m_at != m_end && lower_ascii(*m_at) == 'v') ++m_at;
        auto first = digits();
        if (first.text.empty()) return 0;
        if (m_at != m_end && *m_at == '!') {
            ++m_at;
            parts.epoch = first;
            first = digits();
            if (first.text.empty()) return 0;
        }
        release(first, parts);
        if (m_at == m_end) return taken(); // by far the most frequent version

        if (tail == VersionTail::local_or_wildcard && m_end - m_at >= 2 && m_at[0] == '.' &&
            m_at[1] == '*') {
            m_at += 2;
            parts.has_wildcard = true;
            return taken();
        }
        pre(parts);
        if (m_at != m_end) post(parts);
        if (m_at != m_end) dev(parts);
        if (tail != VersionTail::public_only) local(parts);
        return taken();
    }

private:
    [[nodiscard]] std::size_t taken() const { return static_cast<std::size_t>(m_at - m_begin); }

    Digits digits()
    {
        const char* const from = m_at;
        std::uint64_t value = 0;
        for (; m_at != m_end && is_digit(*m_at); ++m_at) {
            value = value * 10 + static_cast<std::uint64_t>(*m_at - '0');
        }
        return {.text = {from, static_cast<std::size_t>(m_at - from)}, .value = value};
    }

    void release(const Digits& first, VersionParts& parts)
    {
        std::size_t count = 1;
        bool fit = first.fits();
        parts.numbers[0] = first.value;
        while (m_end - m_at >= 2 && *m_at == '.' && is_digit(m_at[1])) {
            ++m_at;
            const auto next = digits();
            fit &= next.fits() && count < parts.numbers.size();
            if (fit) parts.numbers[count++] = next.value;
        }
        if (fit) parts.number_count = static_cast<std::uint8_t>(count);
        const char* const begin = first.text.data();
        parts.release = {begin, static_cast<std::size_t>(m_at - begin)};
    }

    /// Where a part's name would begin: behind the separator, if there is one.
    [[nodiscard]] const char* behind_separator(const char* at) const
    {
        return at != m_end && (*at == '.' || *at == '-' || *at == '_') ? at + 1 : at;
    }

    /// `word` is lower case. Returns where it ends, or nullptr if it does not stand at `at`.
    [[nodiscard]] const char* match(const char* at, std::string_view word) const
    {
        if (static_cast<std::size_t>(m_end - at) < word.size()) return nullptr;
        for (const char c : word) {
            if (lower_ascii(*at++) != c) return nullptr;
        }
        return at;
    }

    void pre(VersionParts& parts)
    {
        const char* const from = behind_separator(m_at);
        if (from == m_end) return;
        const char* after = nullptr;
        switch (lower_ascii(*from)) {
        case 'a':
            parts.pre = PreLetter::a;
            after = longest(from, "alpha", "a");
            break;
        case 'b':
            parts.pre = PreLetter::b;
            after = longest(from, "beta", "b");
            break;
        case 'c':
            parts.pre = PreLetter::rc;
            after = from + 1;
            break;
        case 'r':
            parts.pre = PreLetter::rc;
            after = match(from, "rc");
            break;
        case 'p':
            parts.pre = PreLetter::rc;
            after = longest(from, "preview", "pre");
            break;
        default: return;
        }
        if (after == nullptr) {
            parts.pre = PreLetter::none; // "r" and "post" begin alike
            return;
        }
        m_at = behind_separator(after);
        parts.pre_number = digits();
    }

    /// Where the longer word ends, or else the shorter one.
    [[nodiscard]] const char* longest(const char* at, std::string_view longer,
                                      std::string_view shorter) const
    {
        const char* const after = match(at, longer);
        return after != nullptr ? after : match(at, shorter);
    }

    void post(VersionParts& parts)
    {
        if (m_end - m_at >= 2 && *m_at == '-' && is_digit(m_at[1])) {
            ++m_at;
            parts.has_post = true;
            parts.post_number = digits();
            return;
        }
        const char* const from = behind_separator(m_at);
        if (from == m_end) return;
        const char first = lower_ascii(*from);
        if (first != 'p' && first != 'r') return;
        const char* const after = first == 'p' ? match(from, "post") : longest(from, "rev", "r");
        if (after == nullptr) return;
        parts.has_post = true;
        m_at = behind_separator(after);
        parts.post_number = digits();
    }

    void dev(VersionParts& parts)
    {
        if (const char* const after = match(behind_separator(m_at), "dev")) {
            parts.has_dev = true;
            m_at = behind_separator(after);
            parts.dev_number = digits();
        }
    }

    [[nodiscard]] bool is_alphanumeric(const char* at) const
    {
        return at != m_end &&
               (is_digit(*at) || (lower_ascii(*at) >= 'a' && lower_ascii(*at) <= 'z'));
    }

    void local(VersionParts& parts)
    {
        if (m_at == m_end || *m_at != '+' || !is_alphanumeric(m_at + 1)) return;
        const char* const from = ++m_at;
        while (is_alphanumeric(m_at)) {
            ++m_at;
            const char* const next = behind_separator(m_at);
            if (next != m_at && is_alphanumeric(next)) m_at = next;
        }
        parts.local = {from, static_cast<std::size_t>(m_at - from)};
    }

    const char* m_begin;
    const char* m_at;
    const char* m_end;
};

} // namespace

std::size_t scan_version(std::string_view text, VersionTail tail, VersionParts& parts)
{
    return Scanner(text).scan(tail, parts);
}

} // namespace envfix::pep
