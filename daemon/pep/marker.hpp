#pragma once

#include "base/result.hpp"
#include "pep/marker_environment.hpp"
#include "pep/specifier.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::pep {

/// Why a marker has no value.
enum class MarkerFault : std::uint8_t {
    invalid_marker,            ///< it is none (Marker::parse; here for callers that keep both)
    undefined_comparison,      ///< an operator that these two values do not have
    undefined_environment_name ///< a name that the environment does not know
};

struct MarkerError {
    MarkerFault fault{};
    std::string message;

    bool operator==(const MarkerError&) const = default;
};

using MarkerValue = tl::expected<bool, MarkerError>;

/// The clause that operator and version make when they are written next to one another: "<" and
/// "=3" make "<=3". Nothing if they make none.
std::optional<Specifier> specifier_of(Operator op, std::string_view version);

/// A condition on the environment, PEP 508: `python_version >= "3.8" and extra == "test"`.
/// Law: parse(to_string(m)) == m, unless a value holds a backslash, a line break or both quotes,
/// for which the normal form has no escapes.
class Marker {
public:
    /// How deep parentheses may be nested.
    static constexpr std::size_t k_max_depth = 256;

    /// Reads a whole text. ErrorCode::malformed with the byte and what was expected there.
    static Result<Marker> parse(std::string_view text);

    /// Reads a marker that begins at byte `at` of the text, and moves `at` behind it and the blanks
    /// that follow. What comes then is the caller's.
    static Result<Marker> parse_at(std::string_view text, std::size_t& at);

    /// Every comparison is made, even where `or` or `and` has decided already, and the first that
    /// cannot be made is the error.
    [[nodiscard]] MarkerValue evaluate(const MarkerEnvironment& environment) const;

    /// The normal form: double quotes, current names, only the parentheses that hold two or more
    /// conditions together.
    [[nodiscard]] std::string to_string() const;

    /// Equal if written alike in normal form.
    bool operator==(const Marker& other) const { return to_string() == other.to_string(); }

private:
    friend class MarkerParser;
    friend class MarkerEvaluator;

    enum class Comparison : std::uint8_t { in, not_in, version_operator };

    struct Operand {
        std::optional<MarkerVariable> variable;
        std::string value; ///< if it is no variable

        /// The value, or the variable's name.
        [[nodiscard]] std::string_view text() const
        {
            return variable ? pep::to_string(*variable) : std::string_view(value);
        }
    };

    struct Condition {
        Operand left;
        Operand right;
        Comparison comparison{};
        Operator op{}; ///< for version_operator
        /// The name that is looked up: the left side, or the right one if the left is a value.
        std::optional<MarkerVariable> key;
        /// The operator and the right side, where the left one is a variable that holds a version.
        std::optional<Specifier> specifier;

        [[nodiscard]] std::string_view op_text() const;
    };

    enum class Token : std::uint8_t {
        condition, ///< the next one
        logical_and,
        logical_or,
        open,
        close,
        nothing ///< a parenthesis that held one thing only
    };

    Marker() = default;

    std::vector<Token> m_tokens;
    std::vector<Condition> m_conditions;
};

} // namespace envfix::pep
