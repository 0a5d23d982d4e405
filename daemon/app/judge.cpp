#include "app/judge.hpp"

#include "checks/facts.hpp"
#include "fs/bytes.hpp"

#include <algorithm>
#include <utility>

namespace envfix::app {

namespace {

/// What would be wrong with an environment under a setting of a search path, and is not without it.
std::vector<std::string> broken_by(const fs::Tree& tree, const model::PathSetting& setting, const Judgement& plain,
                                   const model::Chain& chain, capture::HashCache& hashes, const capture::Options& options)
{
    std::string value;
    for (const auto& entry : setting.entries) value += (value.empty() ? "" : ":") + entry;
    auto under = options;
    under.variables = {{setting.variable, value}};
    const auto snapshot = capture::capture(tree, plain.snapshot.environment, chain, hashes, under);
    std::vector<std::string> reasons;
    for (const auto& unreadable : snapshot.unreadable) {
        const bool known = std::ranges::find(plain.snapshot.unreadable, unreadable) != plain.snapshot.unreadable.end();
        if (!known && unreadable.path == plain.snapshot.environment.executable) reasons.push_back(unreadable.reason);
    }
    for (const auto& finding : checks::run_all(snapshot, chain)) {
        if (finding.severity != model::Severity::error) break; // errors come first
        const bool known = std::ranges::any_of(plain.findings, [&](const model::Finding& other) {
            return other.code == finding.code && other.distribution == finding.distribution;
        });
        if (!known) reasons.push_back(finding.summary);
    }
    return reasons;
}

/// A folder on PYTHONPATH may hide a package by one just as good: only judging under it tells.
void judge_settings(const fs::Tree& tree, Judgement& judgement, const model::Chain& chain, capture::HashCache& hashes,
                    const capture::Options& options)
{
    bool any = false;
    for (auto& setting : judgement.snapshot.path_settings) {
        setting.breaks = broken_by(tree, setting, judgement, chain, hashes, options);
        any = any || !setting.breaks.empty();
    }
    if (any) judgement.findings = checks::run_all(judgement.snapshot, chain);
}

} // namespace

Judgement judge(const fs::Tree& tree, const model::Environment& environment, const model::Chain& chain,
                capture::HashCache& hashes, const capture::Options& options)
{
    Judgement judgement;
    judgement.snapshot = capture::capture(tree, environment, chain, hashes, options);
    judgement.findings = checks::run_all(judgement.snapshot, chain);
    if (!judgement.snapshot.path_settings.empty()) judge_settings(tree, judgement, chain, hashes, options);
    judgement.report = checks::report_of(judgement.snapshot, chain, judgement.findings);
    return judgement;
}

std::string key_of(const model::Environment& environment, const std::string& home, const std::vector<model::PathSetting>& session)
{
    fs::ByteWriter key;
    key.text(environment.path).text(environment.executable).text(environment.project).text(home);
    key.u8(static_cast<std::uint8_t>(environment.kind));
    for (const auto& setting : session) {
        key.text(setting.variable).text(setting.declared_by).u32(static_cast<std::uint32_t>(setting.entries.size()));
        for (const auto& entry : setting.entries) key.text(entry);
    }
    return key.bytes();
}

bool is_drawn_from_files(const model::Snapshot& snapshot)
{
    return snapshot.unreadable.empty() && snapshot.barriers.empty() && snapshot.path_settings.empty();
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

std::vector<std::string> ground_of(const model::Snapshot& snapshot)
{
    std::vector<std::string> ground{snapshot.environment.path, snapshot.environment.executable};
    for (const auto& entry : snapshot.sys_path) {
        if (entry.exists) ground.push_back(entry.path);
    }
    return ground;
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
            .scratch_parent = scratch,
            .ground = ground_of(snapshot)};
}

void add_probe(model::EnvironmentReport& report, const model::ProbeResult& probe)
{
    report.probe = probe;
    if (probe.ran) {
        if (!probe.ok) report.state = model::EnvironmentState::broken;
        return;
    }
    const bool is_known = std::ranges::any_of(report.findings, [](const model::Finding& finding) {
        return finding.severity == model::Severity::error;
    });
    if (is_known || report.state == model::EnvironmentState::broken) return;
    report.state = model::EnvironmentState::unverifiable; // it was asked for, and cannot be told
    report.state_reason = "the interpreter could not be asked: " + probe.error;
}

} // namespace envfix::app
