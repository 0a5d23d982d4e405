#include "pep/marker.hpp"
#include "pep/name.hpp"
#include "pep/python_string.hpp"

#include <array>

namespace envfix::pep {

namespace {

struct Name {
    std::string_view text;
    MarkerVariable variable;
};

// The older spellings beside to_string(MarkerVariable).
constexpr std::array<Name, 6> k_old_names{{
    {"os.name", MarkerVariable::os_name},
    {"sys.platform", MarkerVariable::sys_platform},
    {"platform.version", MarkerVariable::platform_version},
    {"platform.machine", MarkerVariable::platform_machine},
    {"platform.python_implementation", MarkerVariable::platform_python_implementation},
    {"python_implementation", MarkerVariable::platform_python_implementation},
}};

/// Beyond ASCII it makes no difference: no token may follow there.
bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

} // namespace

/// Reads with an explicit stack, so that depth costs no stack of ours. White space between tokens
/// is blank and tab only.
class MarkerParser {
public:
    MarkerParser(std::string_view text, std::size_t at) : m_text(text), m_at(at) {}

    Result<Marker> parse()
    {
        m_groups.push_back({}); // the marker as a whole
        for (;;) {
            skip_blanks();
            if (take("(")) {
                if (m_groups.size() > Marker::k_max_depth) return expected("fewer parentheses");
                m_groups.push_back({.open = m_marker.m_tokens.size()});
                m_marker.m_tokens.push_back(Marker::Token::open);
                continue;
            }
            ENVFIX_TRY(auto condition, read_condition());
            m_marker.m_tokens.push_back(Marker::Token::condition);
            m_marker.m_conditions.push_back(std::move(condition));
            ++m_groups.back().elements;
            ENVFIX_TRY(const bool goes_on, read_connection());
            if (!goes_on) break;
        }
        drop_outer_parentheses();
        return std::move(m_marker);
    }

    [[nodiscard]] std::size_t at() const { return m_at; }

private:
    struct Group {
        std::size_t open = 0;
        std::size_t elements = 0;
        std::size_t only_group = 0; ///< where its last element that is a group begins
        bool ends_with_group = false;
    };

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

    bool take(std::string_view symbol)
    {
        if (!m_text.substr(m_at).starts_with(symbol)) return false;
        m_at += symbol.size();
        return true;
    }

    /// The same of a word, which must end there.
    bool take_word(std::string_view word)
    {
        const auto rest = m_text.substr(m_at);
        if (!rest.starts_with(word)) return false;
        if (rest.size() > word.size() && is_word_byte(rest[word.size()])) return false;
        m_at += word.size();
        return true;
    }

    /// What comes behind a condition: closing parentheses, then `and` or `or` (true) or the end of
    /// the marker (false).
    Result<bool> read_connection()
    {
        for (;;) {
            skip_blanks();
            if (take_word("and")) {
                m_marker.m_tokens.push_back(Marker::Token::logical_and);
                return true;
            }
            if (take_word("or")) {
                m_marker.m_tokens.push_back(Marker::Token::logical_or);
                return true;
            }
            if (m_groups.size() == 1) return false;
            if (!take(")")) return expected("'and', 'or' or ')'");
            close_group();
        }
    }

    void close_group()
    {
        const auto group = m_groups.back();
        m_groups.pop_back();
        auto& outer = m_groups.back();
        ++outer.elements;
        if (group.elements == 1) { // these parentheses say nothing
            m_marker.m_tokens[group.open] = Marker::Token::nothing;
            outer.ends_with_group = group.ends_with_group;
            outer.only_group = group.only_group;
            return;
        }
        m_marker.m_tokens.push_back(Marker::Token::close);
        outer.ends_with_group = true;
        outer.only_group = group.open;
    }

    /// Parentheses around the whole say nothing either.
    void drop_outer_parentheses()
    {
        const auto& whole = m_groups.front();
        if (whole.elements != 1 || !whole.ends_with_group) return;
        m_marker.m_tokens[whole.only_group] = Marker::Token::nothing;
        m_marker.m_tokens.back() = Marker::Token::nothing;
    }

    Result<Marker::Condition> read_condition()
    {
        Marker::Condition out;
        ENVFIX_TRY(out.left, read_operand());
        skip_blanks();
        if (!read_operator(out)) {
            return expected("one of <=, <, !=, ==, >=, >, ~=, ===, in, not in");
        }
        skip_blanks();
        ENVFIX_TRY(out.right, read_operand());
        normalize_extra(out);
        find_key(out);
        if (out.left.variable && out.comparison == Marker::Comparison::version_operator &&
            holds_version(*out.key)) {
            out.specifier = specifier_of(out.op, out.right.text());
        }
        return out;
    }

    bool read_operator(Marker::Condition& condition)
    {
        if (take_word("in")) {
            condition.comparison = Marker::Comparison::in;
            return true;
        }
        if (take_word("not")) {
            const auto before = m_at;
            skip_blanks();
            condition.comparison = Marker::Comparison::not_in;
            return m_at != before && take_word("in");
        }
        const auto size = scan_operator(m_text.substr(m_at), condition.op);
        m_at += size;
        condition.comparison = Marker::Comparison::version_operator;
        return size != 0;
    }

    Result<Marker::Operand> read_operand()
    {
        if (m_at < m_text.size() && (m_text[m_at] == '"' || m_text[m_at] == '\'')) {
            const auto end = m_text.find(m_text[m_at], m_at + 1);
            if (end == std::string_view::npos) return expected("a closing quote for that");
            auto value = decode_python_string(m_text.substr(m_at, end + 1 - m_at));
            if (!value) return expected("a valid string (" + value.error().message + ")");
            m_at = end + 1;
            return Marker::Operand{.variable = std::nullopt, .value = *std::move(value)};
        }
        auto end = m_at;
        while (end < m_text.size() && is_word_byte(m_text[end]))
            ++end;
        const auto variable = marker_variable(m_text.substr(m_at, end - m_at));
        if (variable) {
            m_at = end;
            return Marker::Operand{.variable = variable, .value = {}};
        }
        for (const auto& old : k_old_names) {
            if (take_word(old.text)) return Marker::Operand{.variable = old.variable, .value = {}};
        }
        return expected("a marker variable or a quoted string");
    }

    /// PEP 685: the name of an extra is compared in normal form.
    static void normalize_extra(Marker::Condition& condition)
    {
        auto& left = condition.left;
        auto& right = condition.right;
        if (left.variable == MarkerVariable::extra && !right.variable) {
            right.value = normalize_name(right.value);
        } else if (right.variable == MarkerVariable::extra && !left.variable) {
            left.value = normalize_name(left.value);
        }
    }

    static void find_key(Marker::Condition& condition)
    {
        condition.key = condition.left.variable ? condition.left.variable
                                                : marker_variable(condition.right.text());
    }

    std::string_view m_text;
    std::size_t m_at;
    Marker m_marker;
    std::vector<Group> m_groups;
};

Result<Marker> Marker::parse_at(std::string_view text, std::size_t& at)
{
    MarkerParser parser(text, at);
    ENVFIX_TRY(auto marker, parser.parse());
    at = parser.at();
    return marker;
}

Result<Marker> Marker::parse(std::string_view text)
{
    std::size_t at = 0;
    ENVFIX_TRY(auto marker, parse_at(text, at));
    if (at != text.size()) {
        return fail(ErrorCode::malformed, "expected 'and', 'or' or the end at byte " +
                                              std::to_string(at) + " of '" + std::string(text) +
                                              "'");
    }
    return marker;
}

} // namespace envfix::pep
