#include "checks/requirement_versions.hpp"

#include "checks/facts.hpp"
#include "checks/requirements.hpp"
#include "checks/version_facts.hpp"
#include "checks/version_sets.hpp"
#include "pep/requirement.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <map>
#include <set>
#include <string_view>

namespace envfix::checks {

namespace {

/// Who asks for a version of what is installed.
struct Wish {
    const model::Distribution* wanting = nullptr; ///< null: the project
    std::string who;
    std::string text; ///< as its metadata words it, without the marker
    pep::SpecifierSet versions;
    bool fits = true;
    bool of_chain = true; ///< it follows from a member of the chain or from the project, or the chain names the two
};

/// The project's name that a requirement begins with.
std::string_view name_in(std::string_view text)
{
    const auto end = std::ranges::find_if_not(text, [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
    });
    return {text.begin(), end};
}

class Wishes {
public:
    Wishes(const model::Snapshot& snapshot, const model::Chain& chain) : m_snapshot(snapshot), m_chain(chain)
    {
        for (const auto& link : snapshot.links) m_names.insert(normalized(link.distribution));
        for (const auto& rule : chain.conflicts) {
            if (!concerns(snapshot, chain, rule.chain)) continue;
            m_names.insert(normalized(rule.distribution));
            m_names.insert(normalized(rule.with));
        }
        std::set<const model::Distribution*> followed;
        for (const auto& requirement : requirements_of(snapshot, requirement_roots(snapshot))) {
            followed.insert(requirement.wanting);
            m_names.insert(requirement.name);
            if (requirement.met_by == nullptr || requirement.met_by->version.empty()) continue;
            add(*requirement.met_by, requirement.wanting, requirement.wanted_by, requirement.text, true);
        }
        for (const auto& link : snapshot.links) {
            const auto* met_by = versioned(snapshot, link.distribution);
            if (met_by == nullptr || link.project_requirement.empty()) continue;
            add(*met_by, nullptr, "the project", link.project_requirement, true);
        }
        add_of_others(followed);
    }

    /// What is asked of each distribution that somebody asks a version of, in the order of sys.path.
    [[nodiscard]] const std::map<const model::Distribution*, std::vector<Wish>>& all() const { return m_wishes; }

private:
    void add(const model::Distribution& met_by, const model::Distribution* wanting, const std::string& who,
             const std::string& text, bool of_chain)
    {
        const auto requirement = pep::Requirement::parse(text);
        if (!requirement || requirement->specifier().empty()) return;
        m_wishes[&met_by].push_back({.wanting = wanting,
                                     .who = who,
                                     .text = without_marker(text),
                                     .versions = requirement->specifier(),
                                     .fits = requirement->specifier().contains(met_by.version, true),
                                     .of_chain = of_chain});
    }

    /// What the rest of the environment asks of those that the chain needs: half of a contradiction may lie there, or
    /// somebody of whom the chain knows that he is particular.
    void add_of_others(const std::set<const model::Distribution*>& followed)
    {
        auto environment = marker_environment(m_snapshot.interpreter);
        environment.extra = "";
        std::set<std::string_view> seen; // the first of a name is the one that counts
        for (const auto& other : m_snapshot.distributions) {
            if (!seen.insert(other.normalized).second || followed.contains(&other)) continue;
            for (const auto& text : other.requires_dist) {
                const auto extra = text.find("extra ==", std::min(text.find(';'), text.size()));
                if (extra != std::string::npos) continue; // most lines: nobody has asked for those
                const auto name = normalized(name_in(text));
                const auto* met_by = m_names.contains(name) ? versioned(m_snapshot, name) : nullptr;
                if (met_by == nullptr) continue;
                const auto requirement = pep::Requirement::parse(text);
                if (!requirement || requirement->specifier().empty()) continue;
                const auto& marker = requirement->marker();
                if (marker && !marker->evaluate(environment).value_or(false)) continue;
                add(*met_by, &other, titled(other), text, rule_about(m_chain, other.name, name) != nullptr);
            }
        }
    }

    const model::Snapshot& m_snapshot;
    const model::Chain& m_chain;
    std::set<std::string> m_names; ///< PEP 503: of whom it matters who asks for which version
    std::map<const model::Distribution*, std::vector<Wish>> m_wishes;
};

/// The first wish that no version could grant together with this one.
const Wish* against(const Wish& wish, const std::vector<Wish>& all)
{
    const auto found = std::ranges::find_if(all, [&](const Wish& other) {
        return other.who != wish.who && !can_both_hold(wish.versions, other.versions);
    });
    return found == all.end() ? nullptr : &*found;
}

model::Evidence evidence_of(const model::Distribution& installed, const Wish& wish)
{
    return {.path = wish.wanting == nullptr ? installed.metadata_path : wish.wanting->metadata_path,
            .owner = wish.who,
            .expected = wish.text,
            .actual = titled(installed)};
}

bool is_of_the_system(const model::Distribution& installed, const Wish& wish)
{
    return is_packaged(installed) && wish.wanting != nullptr && is_packaged(*wish.wanting);
}

model::Finding contradiction(const model::Snapshot& snapshot, const model::Distribution& installed, const Wish& wish,
                             const Wish& other)
{
    const bool remark = is_of_the_system(installed, wish) || !wish.of_chain;
    return {.code = "dependency-conflict",
            .severity = remark ? model::Severity::info : model::Severity::warning,
            .distribution = chain_name(snapshot, installed),
            .summary = "no version of " + installed.name + " suits everybody: " + wish.who + " requires " + wish.text +
                       ", " + other.who + " requires " + other.text + "; " + installed.version + " is installed",
            .evidence = {evidence_of(installed, wish), evidence_of(installed, other)},
            .remedies = {"find a set that agrees: " + upgrade_command(snapshot, {installed.name}) + ", then " +
                             snapshot.interpreter.executable + " -m pip check",
                         "or give " + (wish.of_chain ? other.who : wish.who) + " a venv of its own"}};
}

class Mismatches {
public:
    Mismatches(const model::Snapshot& snapshot, const model::Chain& chain)
        : m_snapshot(snapshot), m_chain(chain), m_known(conflicts_here(snapshot, chain))
    {
    }

    void add(const model::Distribution& installed, const Wish& wish)
    {
        const bool told = std::ranges::any_of(m_known, [&](const Conflict& conflict) {
            return (conflict.distribution == &installed && conflict.with == wish.wanting) ||
                   (conflict.with == &installed && conflict.distribution == wish.wanting);
        });
        if (told && wish.wanting != nullptr) return;
        const auto* rule = wish.wanting == nullptr ? nullptr : rule_about(m_chain, installed.name, wish.wanting->name);
        const std::string code = rule == nullptr ? "package-version-mismatch" : rule->code;
        const auto severity = is_of_the_system(installed, wish) ? model::Severity::info : model::Severity::warning;
        const auto name = chain_name(m_snapshot, installed);
        const auto same = std::ranges::find_if(m_findings, [&](const model::Finding& finding) {
            return finding.code == code && finding.distribution == name;
        });
        if (same != m_findings.end()) {
            same->evidence.push_back(evidence_of(installed, wish));
            same->severity = std::min(same->severity, severity);
            return;
        }
        m_findings.push_back({.code = code,
                              .severity = severity,
                              .distribution = name,
                              .summary = wish.who + " requires " + wish.text + ", but " + titled(installed) +
                                         " is what is imported",
                              .evidence = {evidence_of(installed, wish)},
                              .remedies = {install_command(m_snapshot, wish.text)}});
        if (wish.wanting != nullptr) {
            m_findings.back().remedies.push_back(upgrade_command(m_snapshot, {wish.wanting->name, installed.name}));
        }
    }

    model::Findings take() { return std::move(m_findings); }

private:
    const model::Snapshot& m_snapshot;
    const model::Chain& m_chain;
    std::vector<Conflict> m_known;
    model::Findings m_findings;
};

} // namespace

model::Findings requirement_versions(const model::Snapshot& snapshot, const model::Chain& chain)
{
    if (!knows_extensions(snapshot)) return {}; // without an interpreter nothing is imported
    const Wishes wishes(snapshot, chain);
    Mismatches mismatches(snapshot, chain);
    model::Findings found;
    for (const auto& distribution : snapshot.distributions) {
        const auto asked = wishes.all().find(&distribution);
        if (asked == wishes.all().end()) continue;
        for (const auto& wish : asked->second) {
            if (wish.fits) continue;
            const auto* other = against(wish, asked->second);
            if (other != nullptr) {
                found.push_back(contradiction(snapshot, distribution, wish, *other));
                break; // one pair says it
            }
            if (wish.of_chain) mismatches.add(distribution, wish);
        }
    }
    auto more = mismatches.take();
    found.insert(found.end(), std::move_iterator(more.begin()), std::move_iterator(more.end()));
    return found;
}

} // namespace envfix::checks
