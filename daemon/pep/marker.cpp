#include "pep/marker.hpp"

#include "pep/name.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace envfix::pep {

namespace {

struct Entry {
    std::string_view name;
    std::string MarkerEnvironment::*text; ///< nullptr for the three that may be unknown
};

// In the order of MarkerVariable.
constexpr std::array<Entry, 14> k_variables{{
    {"implementation_name", &MarkerEnvironment::implementation_name},
    {"implementation_version", &MarkerEnvironment::implementation_version},
    {"os_name", &MarkerEnvironment::os_name},
    {"platform_machine", &MarkerEnvironment::platform_machine},
    {"platform_python_implementation", &MarkerEnvironment::platform_python_implementation},
    {"platform_release", &MarkerEnvironment::platform_release},
    {"platform_system", &MarkerEnvironment::platform_system},
    {"platform_version", &MarkerEnvironment::platform_version},
    {"python_full_version", &MarkerEnvironment::python_full_version},
    {"python_version", &MarkerEnvironment::python_version},
    {"sys_platform", &MarkerEnvironment::sys_platform},
    {"extra", nullptr},
    {"extras", nullptr},
    {"dependency_groups", nullptr},
}};

std::string quoted(std::string_view value)
{
    const char quote = value.find('"') == std::string_view::npos ? '"' : '\'';
    return quote + std::string(value) + quote;
}

} // namespace

std::string_view to_string(MarkerVariable variable)
{
    return k_variables[static_cast<std::size_t>(variable)].name;
}

std::optional<MarkerVariable> marker_variable(std::string_view name)
{
    const auto at = std::ranges::find(k_variables, name, &Entry::name);
    if (at == k_variables.end()) return std::nullopt;
    return static_cast<MarkerVariable>(at - k_variables.begin());
}

bool holds_version(MarkerVariable variable)
{
    return variable == MarkerVariable::implementation_version ||
           variable == MarkerVariable::platform_release ||
           variable == MarkerVariable::python_full_version ||
           variable == MarkerVariable::python_version;
}

std::optional<Specifier> specifier_of(Operator op, std::string_view version)
{
    if (!version.starts_with('=')) return Specifier::try_parse(op, version);
    return Specifier::try_parse(std::string(to_string(op)) + std::string(version));
}

std::string_view Marker::Condition::op_text() const
{
    switch (comparison) {
    case Comparison::in: return "in";
    case Comparison::not_in: return "not in";
    case Comparison::version_operator: break;
    }
    return pep::to_string(op);
}

/// One evaluation: looks values up, compares, and combines the results from left to right.
class MarkerEvaluator {
public:
    explicit MarkerEvaluator(const MarkerEnvironment& environment) : m_environment(environment) {}

    MarkerValue evaluate(const Marker& marker)
    {
        std::array<Level, Marker::k_max_depth + 1> levels; // as deep as a marker can be
        std::size_t depth = 0;
        levels[0].begin();
        auto condition = marker.m_conditions.begin();
        for (const auto token : marker.m_tokens) {
            switch (token) {
            case Marker::Token::condition: {
                const auto value = compare(*condition++);
                if (!value) return value;
                levels[depth].all &= *value;
                break;
            }
            case Marker::Token::logical_or: levels[depth].next_alternative(); break;
            case Marker::Token::open: levels[++depth].begin(); break;
            case Marker::Token::close: {
                const bool value = levels[depth--].value();
                levels[depth].all &= value;
                break;
            }
            case Marker::Token::logical_and:
            case Marker::Token::nothing: break;
            }
        }
        return levels[0].value();
    }

private:
    /// `and` binds tighter than `or`: a level is the alternatives so far and the one being read.
    struct Level {
        bool any; // not initialised: most markers use one level of many
        bool all;

        void begin()
        {
            any = false;
            all = true;
        }

        void next_alternative()
        {
            any |= all;
            all = true;
        }

        [[nodiscard]] bool value() const { return any || all; }
    };

    using Texts = std::set<std::string>;

    static MarkerValue undefined(const Marker::Condition& condition)
    {
        return tl::unexpected(MarkerError{.fault = MarkerFault::undefined_comparison,
                                          .message = "'" + std::string(condition.op_text()) +
                                                     "' is not defined for " +
                                                     std::string(condition.left.text()) + " and " +
                                                     std::string(condition.right.text())});
    }

    static MarkerValue unknown_name(const Marker::Condition& condition)
    {
        const auto& operand = condition.left.variable ? condition.left : condition.right;
        return tl::unexpected(
            MarkerError{.fault = MarkerFault::undefined_environment_name,
                        .message = "no value is known for " + std::string(operand.text())});
    }

    MarkerValue compare(const Marker::Condition& condition)
    {
        if (!condition.key) return unknown_name(condition);
        const auto key = *condition.key;
        if (key == MarkerVariable::extras || key == MarkerVariable::dependency_groups) {
            const auto& texts = key == MarkerVariable::extras ? m_environment.extras
                                                              : m_environment.dependency_groups;
            if (!texts) return unknown_name(condition);
            if (condition.left.variable) return undefined(condition);
            return compare_with_set(condition, *texts);
        }
        if (key == MarkerVariable::extra && !m_environment.extra) return unknown_name(condition);

        const auto value = text_of(key);
        const auto& left = condition.left;
        const auto& right = condition.right;
        if (condition.comparison == Marker::Comparison::version_operator && holds_version(key)) {
            if (left.variable) {
                if (condition.specifier) return matches(*condition.specifier, value);
            } else if (const auto specifier = specifier_of(condition.op, value)) {
                return matches(*specifier, left.value);
            }
        }
        return left.variable ? compare_texts(condition, value, right.text())
                             : compare_texts(condition, left.value, value);
    }

    static bool matches(const Specifier& specifier, std::string_view text)
    {
        const auto version = Version::try_parse(text);
        return specifier.matches(text, version ? &*version : nullptr);
    }

    /// There is no order among strings: <= and >= are equality, < and > never hold.
    static MarkerValue compare_texts(const Marker::Condition& condition, std::string_view left,
                                     std::string_view right)
    {
        switch (condition.comparison) {
        case Marker::Comparison::in: return right.find(left) != std::string_view::npos;
        case Marker::Comparison::not_in: return right.find(left) == std::string_view::npos;
        case Marker::Comparison::version_operator: break;
        }
        return compare_equality(condition, left == right);
    }

    static MarkerValue compare_equality(const Marker::Condition& condition, bool are_equal)
    {
        switch (condition.op) {
        case Operator::equal:
        case Operator::less_equal:
        case Operator::greater_equal: return are_equal;
        case Operator::not_equal: return !are_equal;
        case Operator::less:
        case Operator::greater: return false;
        case Operator::compatible:
        case Operator::arbitrary: break;
        }
        return undefined(condition);
    }

    static MarkerValue compare_with_set(const Marker::Condition& condition, const Texts& texts)
    {
        if (condition.comparison == Marker::Comparison::version_operator) {
            return compare_equality(condition, false); // a string is no set
        }
        const auto name = normalize_name(condition.left.value);
        const bool is_in = std::ranges::any_of(
            texts, [&name](const std::string& text) { return normalize_name(text) == name; });
        return is_in == (condition.comparison == Marker::Comparison::in);
    }

    /// The value as markers see it; valid until the next call.
    std::string_view text_of(MarkerVariable variable)
    {
        if (variable == MarkerVariable::extra) {
            const auto& extra = *m_environment.extra;
            if (extra.empty() || is_normalized_name(extra)) return extra;
            m_text = normalize_name(extra);
            return m_text;
        }
        const auto& text = m_environment.*k_variables[static_cast<std::size_t>(variable)].text;
        // An interpreter built from a checkout without tag says "3.15.0a1+", which is no version.
        if (variable == MarkerVariable::python_full_version && text.ends_with('+')) {
            m_text = text + "local";
            return m_text;
        }
        return text;
    }

    const MarkerEnvironment& m_environment;
    std::string m_text;
};

MarkerValue Marker::evaluate(const MarkerEnvironment& environment) const
{
    return MarkerEvaluator(environment).evaluate(*this);
}

std::string Marker::to_string() const
{
    std::string out;
    const auto blank = [&out] {
        if (!out.empty() && out.back() != '(') out += ' ';
    };
    const auto operand = [&out](const Operand& side) {
        if (side.variable) {
            out += side.text();
        } else {
            out += quoted(side.value);
        }
    };
    auto condition = m_conditions.begin();
    for (const auto token : m_tokens) {
        switch (token) {
        case Token::condition:
            blank();
            operand(condition->left);
            out += ' ';
            out += condition->op_text();
            out += ' ';
            operand(condition->right);
            ++condition;
            break;
        case Token::logical_and:
            blank();
            out += "and";
            break;
        case Token::logical_or:
            blank();
            out += "or";
            break;
        case Token::open:
            blank();
            out += '(';
            break;
        case Token::close: out += ')'; break;
        case Token::nothing: break;
        }
    }
    return out;
}

} // namespace envfix::pep
