#include "app/judge.hpp"

#include "checks/facts.hpp"

#include <algorithm>
#include <utility>

namespace envfix::app {

Judgement judge(const fs::Tree& tree, const model::Environment& environment, const model::Chain& chain,
                capture::HashCache& hashes, const capture::Options& options)
{
    Judgement judgement;
    judgement.snapshot = capture::capture(tree, environment, chain, hashes, options);
    judgement.findings = checks::run_all(judgement.snapshot, chain);
    judgement.report = checks::report_of(judgement.snapshot, chain, judgement.findings);
    return judgement;
}

std::vector<probe::Link> proof_links(const Judgement& judgement, const model::Chain& chain,
                                     const std::vector<std::string>& removed)
{
    const auto& snapshot = judgement.snapshot;
    const auto has_other_fault = [&](const model::ChainLink& link) {
        return std::ranges::any_of(judgement.findings, [&](const model::Finding& finding) {
            return finding.severity == model::Severity::error && finding.distribution == link.distribution &&
                   std::ranges::find(removed, finding.code) == removed.end();
        });
    };
    const auto first_left = std::ranges::find_if(chain.links, has_other_fault);
    auto asked = chain;
    asked.links.resize(static_cast<std::size_t>(first_left - chain.links.begin()));
    const auto wanted = [&](std::string_view distribution) {
        const auto* link = checks::link_of(snapshot, distribution);
        if (link == nullptr) return false;
        const bool missed = std::ranges::any_of(judgement.findings, [&](const model::Finding& finding) {
            return finding.distribution == link->distribution && finding.code == "package-not-installed";
        });
        return checks::is_present(*link) || !link->impostors.empty() || !link->project_requirement.empty() || missed;
    };
    return probe::links_of(asked, wanted);
}

probe::Request probe_request(const Judgement& judgement, const model::Chain& chain, const std::string& home,
                             const std::string& search_path, const std::string& scratch)
{
    const auto& snapshot = judgement.snapshot;
    const auto wanted = [&](std::string_view distribution) {
        const auto* link = checks::link_of(snapshot, distribution);
        return link != nullptr && (checks::is_present(*link) || !link->project_requirement.empty());
    };
    return {.executable = snapshot.environment.executable,
            .links = probe::links_of(chain, wanted),
            .environment = {"HOME=" + home, "PATH=" + search_path, "LANG=C.UTF-8"},
            .scratch_parent = scratch};
}

void add_probe(model::EnvironmentReport& report, const model::ProbeResult& probe)
{
    report.probe = probe;
    if (probe.ran) {
        if (!probe.ok) report.state = model::EnvironmentState::broken;
        return;
    }
    if (report.state == model::EnvironmentState::broken) return;
    report.state = model::EnvironmentState::unverifiable; // it was asked for, and cannot be told
    report.state_reason = "the interpreter could not be asked: " + probe.error;
}

} // namespace envfix::app
