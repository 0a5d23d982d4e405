#include "checks/version_sets.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

namespace envfix::checks {

namespace {

/// "1.5" out of "1.4": the first version behind all that begin with it.
std::string bumped(const std::string& version)
{
    const auto dot = version.rfind('.');
    const auto from = dot == std::string::npos ? 0 : dot + 1;
    unsigned long last = 0;
    const auto* const end = version.data() + version.size();
    const auto read = std::from_chars(version.data() + from, end, last);
    if (read.ec != std::errc{} || read.ptr != end) return {};
    return version.substr(0, from) + std::to_string(last + 1);
}

/// An intersection of ranges that is not empty holds one of its lower bounds, a version right behind one, or the first of all.
void add_candidates(const pep::SpecifierSet& set, std::vector<std::string>& out)
{
    for (const auto& clause : set.clauses()) {
        std::string version = clause.version();
        if (version.ends_with(".*")) version.resize(version.size() - 2);
        out.push_back(version);
        out.push_back(version + ".0.1");
        out.push_back(version + ".1");
        out.push_back(bumped(version));
        if (const auto parsed = pep::Version::try_parse(version)) {
            const auto base = parsed->base_version(); // "1.0" behind "1.0rc1"
            out.push_back(base);
            out.push_back(base + ".1");
            out.push_back(bumped(base));
        }
    }
}

} // namespace

bool can_both_hold(const pep::SpecifierSet& one, const pep::SpecifierSet& other)
{
    std::vector<std::string> candidates{"0.dev0", "0", "0.1"};
    add_candidates(one, candidates);
    add_candidates(other, candidates);
    return std::ranges::any_of(candidates, [&](const std::string& version) {
        return !version.empty() && one.contains(version, true) && other.contains(version, true);
    });
}

} // namespace envfix::checks
