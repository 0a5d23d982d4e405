#include "checks/checks.hpp"

#include "checks/binary_architecture.hpp"
#include "checks/binary_integrity.hpp"
#include "checks/blocked_access.hpp"
#include "checks/distro_packages.hpp"
#include "checks/extension_presence.hpp"
#include "checks/externally_managed.hpp"
#include "checks/facts.hpp"
#include "checks/foreign_interpreter.hpp"
#include "checks/interpreter_mode.hpp"
#include "checks/interrupted_install.hpp"
#include "checks/library_loading.hpp"
#include "checks/known_conflicts.hpp"
#include "checks/local_shadowing.hpp"
#include "checks/missing_environment.hpp"
#include "checks/missing_requirement.hpp"
#include "checks/mixed_sites.hpp"
#include "checks/path_conflict.hpp"
#include "checks/requirement_versions.hpp"
#include "checks/venv_interpreter.hpp"
#include "checks/version_halves.hpp"
#include "checks/wheel_fit.hpp"
#include "checks/wrong_distribution.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace envfix::checks {

namespace {

constexpr std::array k_catalogue{
    Check{.name = "venv-interpreter", .run = venv_interpreter},
    Check{.name = "blocked-access", .run = blocked_access},
    Check{.name = "binary-architecture", .run = binary_architecture},
    Check{.name = "extension-presence", .run = extension_presence},
    Check{.name = "binary-integrity", .run = binary_integrity},
    Check{.name = "interpreter-mode", .run = interpreter_mode},
    Check{.name = "library-loading", .run = library_loading},
    Check{.name = "wrong-distribution", .run = wrong_distribution},
    Check{.name = "version-halves", .run = version_halves},
    Check{.name = "known-conflicts", .run = known_conflicts},
    Check{.name = "missing-environment", .run = missing_environment},
    Check{.name = "missing-requirement", .run = missing_requirement},
    Check{.name = "requirement-versions", .run = requirement_versions},
    Check{.name = "wheel-fit", .run = wheel_fit},
    Check{.name = "interrupted-install", .run = interrupted_install},
    Check{.name = "mixed-sites", .run = mixed_sites},
    Check{.name = "path-conflict", .run = path_conflict},
    Check{.name = "local-shadowing", .run = local_shadowing},
    Check{.name = "foreign-interpreter", .run = foreign_interpreter},
    Check{.name = "distro-packages", .run = distro_packages},
    Check{.name = "externally-managed", .run = externally_managed},
};

bool names(const model::Finding& finding, const model::LinkState& link)
{
    return finding.severity == model::Severity::error && finding.distribution == link.distribution;
}

model::ChainReport chain_report(const model::LinkState& link, const model::Findings& findings)
{
    model::ChainReport report{.distribution = link.distribution};
    if (link.installed) {
        report.version = link.installed->version;
        report.location = link.installed->location;
    }
    for (const auto* modules : {&link.imports, &link.extensions}) {
        for (const auto& module : *modules) {
            if (report.location.empty()) report.location = module.location;
            report.shadows.insert(report.shadows.end(), module.shadowed.begin(),
                                  module.shadowed.end());
        }
    }
    for (const auto& other : link.others) report.shadows.push_back(other.metadata_path);
    const bool broken = std::ranges::any_of(
        findings, [&](const model::Finding& finding) { return names(finding, link); });
    if (!is_present(link)) {
        report.state = "missing";
    } else {
        report.state = broken ? "broken" : "ok";
    }
    return report;
}

} // namespace

std::span<const Check> catalogue()
{
    return k_catalogue;
}

model::Findings run_all(const model::Snapshot& snapshot, const model::Chain& chain)
{
    // What else is wrong with the Python that a project falls back to is told of that Python.
    if (snapshot.environment.kind == model::EnvironmentKind::project) return missing_environment(snapshot, chain);
    model::Findings all;
    for (const auto& check : catalogue()) {
        auto found = check.run(snapshot, chain);
        all.insert(all.end(), std::move_iterator(found.begin()), std::move_iterator(found.end()));
    }
    std::ranges::stable_sort(all, {}, &model::Finding::severity);
    return all;
}

model::EnvironmentState state_of(const model::Snapshot& snapshot, const model::Findings& findings)
{
    const auto any = [&](model::Severity severity) {
        return std::ranges::find(findings, severity, &model::Finding::severity) != findings.end();
    };
    if (any(model::Severity::error)) return model::EnvironmentState::broken;
    if (!snapshot.unreadable.empty()) return model::EnvironmentState::unverifiable;
    if (any(model::Severity::warning)) return model::EnvironmentState::degraded;
    return model::EnvironmentState::healthy;
}

model::EnvironmentReport report_of(const model::Snapshot& snapshot, const model::Chain& chain,
                                   const model::Findings& findings)
{
    model::EnvironmentReport report{
        .id = snapshot.environment.id,
        .path = snapshot.environment.path,
        .kind = snapshot.environment.kind,
        .state = state_of(snapshot, findings),
        .fingerprint = model::fingerprint(snapshot),
        .interpreter_path = snapshot.interpreter.executable,
        .interpreter_version = snapshot.interpreter.version,
        .interpreter_implementation = snapshot.interpreter.implementation,
        .interpreter_soabi = snapshot.interpreter.soabi,
        .findings = findings,
    };
    if (report.state == model::EnvironmentState::unverifiable) {
        const auto& first = snapshot.unreadable.front();
        report.state_reason = "could not read " + first.path + ": " + first.reason;
    }
    for (std::size_t i = 0; i < snapshot.links.size() && i < chain.links.size(); ++i) {
        if (concerns(snapshot, chain, chain.links[i].chain)) {
            report.chain.push_back(chain_report(snapshot.links[i], findings));
        }
    }
    return report;
}

} // namespace envfix::checks
