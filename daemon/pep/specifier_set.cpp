#include "pep/specifier_set.hpp"

#include "pep/unicode.hpp"

#include <algorithm>

namespace envfix::pep {

namespace {

/// Where an error stops, so that positions count from the begin of the whole text.
Error at_offset(std::string_view text, std::string_view clause, Error error)
{
    const auto offset = static_cast<std::size_t>(clause.data() - text.data());
    error.message += " (clause at byte " + std::to_string(offset) + " of '" + std::string(text) + "')";
    return error;
}

} // namespace

Result<SpecifierSet> SpecifierSet::parse(std::string_view text)
{
    SpecifierSet out;
    for (std::size_t at = 0; at <= text.size();) {
        const auto end = std::min(text.find(',', at), text.size());
        const auto clause = strip(text.substr(at, end - at));
        at = end + 1;
        if (clause.empty()) continue;
        auto specifier = Specifier::try_parse(clause);
        if (!specifier) {
            return fail(at_offset(text, clause, Specifier::parse(clause).error()));
        }
        out.m_has_arbitrary |= specifier->op() == Operator::arbitrary;
        out.m_clauses.push_back(*std::move(specifier));
    }
    if (out.m_clauses.size() < 2) return out;

    auto& clauses = out.m_clauses;
    // By the whole text, so that "<=1" comes before "<v1".
    const auto comes_before = [](const Specifier& a, const Specifier& b) {
        return a.to_string() < b.to_string();
    };
    std::ranges::stable_sort(clauses, comes_before);
    // Of equal ones the first by text stays. They need not be neighbours: "==1" and "==1.0" may have
    // "==1.*" between them. A set is a handful of clauses; a hostile one is only as long as its text.
    std::vector<Specifier> unique;
    unique.reserve(clauses.size());
    for (auto& clause : clauses) {
        if (std::ranges::find(unique, clause) == unique.end()) unique.push_back(std::move(clause));
    }
    clauses = std::move(unique);
    return out;
}

bool SpecifierSet::admits(std::string_view text, const Version* parsed,
                          std::optional<bool> prereleases, bool installed) const
{
    const bool is_pre = parsed != nullptr && parsed->is_prerelease();
    if (is_pre && !installed && prereleases == false) return false;
    return std::ranges::all_of(m_clauses, [text, parsed](const Specifier& clause) {
        return clause.matches(text, parsed);
    });
}

bool SpecifierSet::contains(std::string_view version, std::optional<bool> prereleases,
                            std::optional<bool> installed) const
{
    const auto parsed = Version::try_parse(version);
    return admits(version, parsed ? &*parsed : nullptr, prereleases, installed.value_or(false));
}

bool SpecifierSet::contains(const Version& version, std::optional<bool> prereleases,
                            std::optional<bool> installed) const
{
    const auto text = m_has_arbitrary ? version.to_string() : std::string{};
    return admits(text, &version, prereleases, installed.value_or(false));
}

std::vector<std::string> SpecifierSet::filter(std::span<const std::string> versions,
                                              std::optional<bool> prereleases) const
{
    if (!prereleases) prereleases = this->prereleases();
    std::vector<std::string> matching;
    std::vector<bool> is_pre;
    bool has_final = false;
    for (const auto& text : versions) {
        const auto parsed = Version::try_parse(text);
        if (!admits(text, parsed ? &*parsed : nullptr, prereleases, false)) continue;
        matching.push_back(text);
        is_pre.push_back(parsed && parsed->is_prerelease());
        has_final |= parsed && !parsed->is_prerelease();
    }
    if (prereleases || !has_final) return matching;

    std::vector<std::string> finals;
    for (std::size_t i = 0; i < matching.size(); ++i) {
        if (!is_pre[i]) finals.push_back(std::move(matching[i]));
    }
    return finals;
}

std::optional<bool> SpecifierSet::prereleases() const
{
    if (std::ranges::any_of(m_clauses, &Specifier::names_prerelease)) return true;
    return std::nullopt;
}

std::string SpecifierSet::to_string() const
{
    std::string out;
    for (const auto& clause : m_clauses) {
        if (!out.empty()) out += ',';
        out += clause.to_string();
    }
    return out;
}

} // namespace envfix::pep
