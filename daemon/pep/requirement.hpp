#pragma once

#include "base/result.hpp"
#include "pep/marker.hpp"
#include "pep/specifier_set.hpp"

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace envfix::pep {

/// What a distribution asks for, PEP 508: `name[extra]>=1.0; marker` or `name[extra] @ url ;
/// marker`. Also the older form with the versions in parentheses.
class Requirement {
public:
    /// ErrorCode::malformed with the byte and what was expected there. A line break is an error,
    /// at the end too: unfold and strip header values first.
    static Result<Requirement> parse(std::string_view text);

    /// As written; compare by normalize_name.
    [[nodiscard]] const std::string& name() const { return m_name; }

    /// As written, each once.
    [[nodiscard]] const std::set<std::string>& extras() const { return m_extras; }

    /// In normal form, each once.
    [[nodiscard]] std::set<std::string> normalized_extras() const;

    [[nodiscard]] const SpecifierSet& specifier() const { return m_specifier; }

    /// Not checked to be one.
    [[nodiscard]] const std::optional<std::string>& url() const { return m_url; }

    [[nodiscard]] const std::optional<Marker>& marker() const { return m_marker; }

    /// Whether it applies in the environment when these extras of the distribution that states it
    /// are asked for: the marker holds without an extra or with one of them. True without marker.
    [[nodiscard]] MarkerValue applies(const MarkerEnvironment& environment,
                                      std::span<const std::string> extras = {}) const;

    /// The normal form of everything but the name.
    [[nodiscard]] std::string to_string() const;

    /// Names are compared in normal form, extras as written.
    bool operator==(const Requirement& other) const;

private:
    friend class RequirementParser;

    Requirement() = default;

    std::string m_name;
    std::set<std::string> m_extras;
    SpecifierSet m_specifier;
    std::optional<std::string> m_url;
    std::optional<Marker> m_marker;
};

} // namespace envfix::pep
