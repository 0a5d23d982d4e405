#include "pep/requirement.hpp"

#include "pep/name.hpp"
#include "pep/unicode.hpp"

namespace envfix::pep {

namespace {

bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_identifier_byte(char c)
{
    return is_alphanumeric(c) || c == '_' || c == '-' || c == '.';
}

/// What ends the version of a clause inside a requirement.
bool ends_version(char32_t c, bool is_arbitrary)
{
    return c == ';' || c == ')' || is_space(c) || (c == ',' && !is_arbitrary);
}

} // namespace

/// White space between tokens is blank and tab only; between an operator and its version it is
/// anything that `\s` matches.
class RequirementParser {
public:
    explicit RequirementParser(std::string_view text) : m_text(text) {}

    Result<Requirement> parse()
    {
        skip_blanks();
        ENVFIX_TRY(m_out.m_name, identifier("a package name"));
        skip_blanks();
        ENVFIX_TRY(m_out.m_extras, extras());
        skip_blanks();
        const bool has_url = take('@');
        if (has_url) {
            ENVFIX_TRY(const bool is_done, url());
            if (is_done) return std::move(m_out);
        } else {
            ENVFIX_TRY(m_out.m_specifier, specifiers());
            skip_blanks();
            if (m_at == m_text.size()) return std::move(m_out);
        }
        if (!take(';')) return expected(has_url ? "';' or the end" : "',', ';' or the end");
        ENVFIX_TRY(m_out.m_marker, Marker::parse_at(m_text, m_at));
        if (m_at != m_text.size()) return expected("'and', 'or' or the end");
        return std::move(m_out);
    }

private:
    [[nodiscard]] tl::unexpected<Error> expected(std::string_view what) const
    {
        return fail(ErrorCode::malformed, "expected " + std::string(what) + " at byte " +
                                              std::to_string(m_at) + " of '" + std::string(m_text) +
                                              "'");
    }

    void skip_blanks()
    {
        while (m_at < m_text.size() && (m_text[m_at] == ' ' || m_text[m_at] == '\t'))
            ++m_at;
    }

    bool take(char symbol)
    {
        if (m_at == m_text.size() || m_text[m_at] != symbol) return false;
        ++m_at;
        return true;
    }

    [[nodiscard]] bool identifier_begins() const
    {
        return m_at < m_text.size() && is_alphanumeric(m_text[m_at]);
    }

    /// It may end with an underscore, but not with a hyphen or dot.
    Result<std::string> identifier(std::string_view what)
    {
        if (!identifier_begins()) return expected(what);
        auto end = m_at;
        while (end < m_text.size() && is_identifier_byte(m_text[end]))
            ++end;
        // A letter beyond ASCII makes the whole no word, wherever it would be cut.
        const auto next = decode_first(m_text.substr(end));
        if (next.size != 0 && is_word(next.value)) return expected(what);
        while (m_text[end - 1] == '-' || m_text[end - 1] == '.')
            --end;
        const auto from = m_at;
        m_at = end;
        return std::string(m_text.substr(from, end - from));
    }

    Result<std::set<std::string>> extras()
    {
        std::set<std::string> names;
        if (!take('[')) return names;
        skip_blanks();
        if (identifier_begins()) {
            do {
                skip_blanks();
                ENVFIX_TRY(auto name, identifier("the name of an extra"));
                names.insert(std::move(name));
                skip_blanks();
            } while (take(','));
        }
        if (!take(']')) return expected("',' or ']'");
        return names;
    }

    /// True if nothing but blanks follows.
    Result<bool> url()
    {
        skip_blanks();
        const auto from = m_at;
        m_at = std::min(m_text.find_first_of(" \t", from), m_text.size());
        if (m_at == from) return expected("a URL");
        m_out.m_url = m_text.substr(from, m_at - from);
        skip_blanks();
        return m_at == m_text.size();
    }

    Result<SpecifierSet> specifiers()
    {
        const bool has_parenthesis = take('(');
        skip_blanks();
        const auto from = m_at;
        while (clause()) {
            skip_blanks();
            if (!take(',')) break;
            skip_blanks();
        }
        const auto text = m_text.substr(from, m_at - from);
        skip_blanks();
        if (has_parenthesis && !take(')')) return expected("',' or ')'");
        return SpecifierSet::parse(text);
    }

    /// Passes over one clause, which SpecifierSet judges. False if no operator stands here.
    bool clause()
    {
        Operator op{};
        const auto size = scan_operator(m_text.substr(m_at), op);
        if (size == 0) return false;
        m_at += size;
        m_at += leading_space(m_text.substr(m_at));
        while (m_at < m_text.size()) {
            const auto next = decode_first(m_text.substr(m_at));
            if (ends_version(next.value, op == Operator::arbitrary)) break;
            m_at += next.size;
        }
        return true;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    Requirement m_out;
};

Result<Requirement> Requirement::parse(std::string_view text)
{
    return RequirementParser(text).parse();
}

std::set<std::string> Requirement::normalized_extras() const
{
    std::set<std::string> names;
    for (const auto& extra : m_extras)
        names.insert(normalize_name(extra));
    return names;
}

MarkerValue Requirement::applies(const MarkerEnvironment& environment,
                                 std::span<const std::string> extras) const
{
    if (!m_marker) return true;
    auto asked = environment;
    asked.extra = "";
    auto value = m_marker->evaluate(asked);
    for (const auto& extra : extras) {
        if (!value || *value) return value;
        asked.extra = extra;
        value = m_marker->evaluate(asked);
    }
    return value;
}

std::string Requirement::to_string() const
{
    std::string text = m_name;
    if (!m_extras.empty()) {
        char before = '[';
        for (const auto& extra : m_extras) {
            text += before;
            text += extra;
            before = ',';
        }
        text += ']';
    }
    text += m_specifier.to_string();
    if (m_url) text += " @ " + *m_url + (m_marker ? " " : "");
    if (m_marker) text += "; " + m_marker->to_string();
    return text;
}

bool Requirement::operator==(const Requirement& other) const
{
    return normalize_name(m_name) == normalize_name(other.m_name) && m_extras == other.m_extras &&
           m_specifier == other.m_specifier && m_url == other.m_url && m_marker == other.m_marker;
}

} // namespace envfix::pep
