#include "service/system_versions.hpp"

#include "apply/record.hpp"
#include "formats/dpkg_status.hpp"
#include "remedy/system_command.hpp"

#include <cstddef>

namespace envfix::service {

namespace {

constexpr std::size_t k_status_cap = 64UL * 1024 * 1024;

/// Why that version cannot be had; empty: it is written into the change.
std::string pin(model::PackageChange& change, const Result<std::string>& status)
{
    if (!status) return "which version of " + change.distribution + " is installed cannot be read: " + status.error().message;
    const auto version = formats::installed_version(*status, change.distribution);
    if (!version) {
        return change.distribution + " is not installed, so that it is not known which version apt would take; by hand: sudo apt-get "
                                     "install -- " + change.distribution;
    }
    if (!apply::is_version(*version)) return "dpkg tells no version of " + change.distribution + " that could be asked for";
    change.from = *version;
    change.to = *version;
    return {};
}

void pin(model::Step& step, const Result<std::string>& status, std::string& unavailable)
{
    std::vector<std::string> words;
    for (auto& change : step.changes) {
        const auto why = pin(change, status);
        if (unavailable.empty()) unavailable = why;
        words.push_back("apt:" + apply::in_one_word({.name = change.distribution, .version = change.to}));
    }
    if (!unavailable.empty()) return;
    step.text.clear();
    for (const auto& command : remedy::system_commands(words)) step.text = command.line;
}

} // namespace

void pin_versions(const fs::Tree& tree, std::vector<model::Rung>& rungs, const std::string& dpkg_status)
{
    Result<std::string> status = fail(ErrorCode::not_found, "nobody asked yet");
    bool is_read = false;
    for (auto& rung : rungs) {
        for (auto& step : rung.steps) {
            if (step.kind != model::StepKind::system_packages || !rung.unavailable.empty()) continue;
            if (!is_read) status = tree.read(dpkg_status, k_status_cap);
            is_read = true;
            pin(step, status, rung.unavailable);
        }
    }
}

} // namespace envfix::service
