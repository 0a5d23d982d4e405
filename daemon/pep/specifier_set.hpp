#pragma once

#include "pep/specifier.hpp"

#include <span>
#include <vector>

namespace envfix::pep {

/// Clauses that must hold together, as in ">=1.0,!=1.3.*". The empty set matches everything.
/// Law: parse(to_string(s)) == s.
class SpecifierSet {
public:
    SpecifierSet() = default;

    /// Reads clauses separated by commas; empty ones are ignored. ErrorCode::malformed with the
    /// byte of the whole text at which a clause stops being one.
    static Result<SpecifierSet> parse(std::string_view text);

    /// Whether a version, as written, matches. `prereleases`: let them in or not; not given, they
    /// are, as a single version has no final one that could come first. `installed`: it is there
    /// already, so a pre-release is let in even if `prereleases` is false. Text that is no version
    /// matches the empty set and ===.
    [[nodiscard]] bool contains(std::string_view version,
                                std::optional<bool> prereleases = std::nullopt,
                                std::optional<bool> installed = std::nullopt) const;
    [[nodiscard]] bool contains(const Version& version,
                                std::optional<bool> prereleases = std::nullopt,
                                std::optional<bool> installed = std::nullopt) const;

    /// Those of the versions that match, in their order. Where `prereleases` is not given and no
    /// clause names one, pre-releases are kept only if nothing else matches.
    [[nodiscard]] std::vector<std::string>
    filter(std::span<const std::string> versions,
           std::optional<bool> prereleases = std::nullopt) const;

    /// True if a clause names a pre-release, else nothing: the set has no opinion.
    [[nodiscard]] std::optional<bool> prereleases() const;

    /// Sorted by text, each once.
    [[nodiscard]] const std::vector<Specifier>& clauses() const { return m_clauses; }

    [[nodiscard]] bool empty() const { return m_clauses.empty(); }

    /// Clauses as written, sorted, joined by commas without blanks.
    [[nodiscard]] std::string to_string() const;

    bool operator==(const SpecifierSet&) const = default;

private:
    [[nodiscard]] bool admits(std::string_view text, const Version* parsed,
                              std::optional<bool> prereleases, bool installed) const;

    std::vector<Specifier> m_clauses;
    bool m_has_arbitrary = false;
};

} // namespace envfix::pep
