#include "pep/specifier_set.hpp"

#include "pep/unicode.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

namespace envfix::pep {

namespace {

/// Where an error stops, so that positions count from the begin of the whole text.
Error at_offset(std::string_view text, std::string_view clause, Error error)
{
    const auto offset = static_cast<std::size_t>(clause.data() - text.data());
    error.message +=
        " (clause at byte " + std::to_string(offset) + " of '" + std::string(text) + "')";
    return error;
}

/// By the whole text, so that "<=1" comes before "<v1".
bool comes_before(const Specifier& a, const Specifier& b)
{
    if (a.op() == b.op()) return a.version() < b.version();
    const auto a_op = to_string(a.op());
    const auto b_op = to_string(b.op());
    // One operator may begin another, then the version decides against the rest of it.
    const auto common = std::min(a_op.size(), b_op.size());
    if (const int order = a_op.substr(0, common).compare(b_op.substr(0, common)); order != 0) {
        return order < 0;
    }
    return std::string(a_op.substr(common)) + a.version() <
           std::string(b_op.substr(common)) + b.version();
}

/// Of equal clauses the first stays. They need not be neighbours: "==1" and "==1.0" may have
/// "==1.*" between them.
void drop_repeated(std::vector<Specifier>& clauses)
{
    std::array<bool, 8> seen{};
    bool repeats = false;
    for (const auto& clause : clauses) {
        auto& is_seen = seen[static_cast<std::size_t>(clause.op())];
        repeats |= is_seen;
        is_seen = true;
    }
    if (!repeats) return; // nearly always: a lower and an upper bound
    std::unordered_set<std::string> identities;
    std::erase_if(clauses, [&identities](const Specifier& clause) {
        return !identities.insert(clause.identity()).second;
    });
}

} // namespace

Result<SpecifierSet> SpecifierSet::parse(std::string_view text)
{
    SpecifierSet out;
    out.m_clauses.reserve(
        text.empty() ? 0 : 1 + static_cast<std::size_t>(std::ranges::count(text, ',')));
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

    std::ranges::sort(out.m_clauses, comes_before);
    drop_repeated(out.m_clauses);
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
