#include "remedy/proof.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace envfix::remedy {

std::string objection(const std::vector<std::string>& to_remove, const model::Findings& before,
                      const model::Findings& after)
{
    std::set<std::pair<std::string, std::string>> known;
    for (const auto& finding : before) {
        known.emplace(finding.code, finding.distribution);
    }
    for (const auto& finding : after) {
        if (std::ranges::find(to_remove, finding.code) != to_remove.end()) {
            return finding.code + " is still there: " + finding.summary;
        }
        if (finding.severity != model::Severity::info &&
            !known.contains({finding.code, finding.distribution})) {
            return finding.code + " is new: " + finding.summary;
        }
    }
    return {};
}

std::string objection(const model::ProbeResult& probe)
{
    if (probe.ok) return {};
    if (!probe.ran) return "the interpreter could not be asked: " + probe.error;
    return probe.import.empty() ? probe.error : "importing " + probe.import + ": " + probe.error;
}

} // namespace envfix::remedy
