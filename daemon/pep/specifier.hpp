#pragma once

#include "base/result.hpp"
#include "pep/version.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace envfix::pep {

enum class Operator : std::uint8_t {
    compatible,    ///< ~=
    equal,         ///< ==
    not_equal,     ///< !=
    less_equal,    ///< <=
    greater_equal, ///< >=
    less,          ///< <
    greater,       ///< >
    arbitrary      ///< ===
};

/// As it is written: "~=".
std::string_view to_string(Operator op);

/// One clause of PEP 440: an operator and a version, such as ">=1.0" or "==1.4.*".
/// Every operator but === is a range of version keys, computed when the clause is read.
class Specifier {
public:
    /// Reads one clause, with white space around it and behind the operator if need be.
    /// ErrorCode::malformed with the byte where it stops being one.
    static Result<Specifier> parse(std::string_view text);

    /// The same without a message.
    static std::optional<Specifier> try_parse(std::string_view text);

    /// The same of a clause whose operator has been read already.
    static std::optional<Specifier> try_parse(Operator op, std::string_view version);

    /// Whether the version lies in the range, whatever its being a pre-release; === compares with
    /// the version's normal form.
    [[nodiscard]] bool matches(const Version& version) const;

    /// The same of a version as someone wrote it, which === needs. `parsed` is that text as a
    /// version, or nullptr if it is none; then only === can match.
    [[nodiscard]] bool matches(std::string_view text, const Version* parsed) const;

    [[nodiscard]] Operator op() const { return m_op; }

    /// The version as written, without white space: "01.0.*".
    [[nodiscard]] const std::string& version() const { return m_version; }

    /// Operator and version as written.
    [[nodiscard]] std::string to_string() const;

    /// True if the clause names a pre-release, which lets pre-releases in; != never does.
    [[nodiscard]] bool names_prerelease() const { return m_names_prerelease; }

    /// Same operator, same version. For ~= the number of components counts too; === and clauses
    /// with .* are the same only as text.
    bool operator==(const Specifier& other) const;

    /// Bytes that are the same for equal clauses and for these only.
    [[nodiscard]] std::string identity() const;

private:
    Specifier(Operator op, std::string_view version) : m_op(op), m_version(version) {}

    void set_range(const VersionParts& parts);

    Operator m_op;
    bool m_negated = false;
    bool m_is_wildcard = false;
    bool m_names_prerelease = false;
    bool m_has_upper = false;
    std::string m_version;
    std::string m_lower; ///< first key in the range; empty: no lower bound
    std::string m_upper; ///< first key behind it, if m_has_upper
};

/// The operator at the front of `text`, and how many bytes it takes; 0 if there is none.
std::size_t scan_operator(std::string_view text, Operator& op);

} // namespace envfix::pep
