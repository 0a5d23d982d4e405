#include "report/next_step.hpp"
#include "report/text.hpp"
#include "report/views.hpp"
#include "report/words.hpp"

#include <algorithm>

namespace envfix::report {

namespace {

using model::EnvironmentReport;
using model::EnvironmentState;

constexpr std::size_t k_label = 4; // "file", "next"
constexpr std::size_t k_findings_in_full = 1;
constexpr std::size_t k_findings_named = 3;
constexpr std::size_t k_projects_in_full = 3;
constexpr std::size_t k_projects_named = 5;

struct Context {
    const Style& style;
    std::span<const model::Plan> plans;
    std::span<const model::PolicyOffer> offers;
    std::span<const std::string> unwatched = {}; ///< ids
};

/// The folder that holds an environment.
std::string folder_of(const EnvironmentReport& report)
{
    const auto slash = report.path.rfind('/');
    return slash == 0 || slash == std::string::npos ? std::string{"/"} : report.path.substr(0, slash);
}

std::string daemon_line(const Style& style, const model::DaemonReport& daemon)
{
    const auto between = dot(style);
    const auto line = "envfixd " + shown(daemon.version) + between + shown(daemon.instance) + between +
                      shown(daemon.state) + between + "up " + duration_text(daemon.uptime_s) + between +
                      counted(daemon.watches, "watch", "watches");
    auto out = painted(style, Colour::dim, fit_end(style, line, columns_of(style)));
    out += '\n';
    for (const auto& text : daemon.degraded) out += labelled(style, 0, "!", 1, shown(text), Colour::yellow);
    return out;
}

std::string headline(const Style& style, const EnvironmentReport& report)
{
    const auto sign = sign_of(style, report.state);
    const auto state = std::string{to_string(report.state)};
    const auto width = columns_of(style);
    const auto path = fit_middle(style, place_of(report), width - std::min(width - 8, state.size() + 4));
    return painted(style, sign.colour, sign.text) + ' ' + painted(style, Colour::bold, path) + "  " +
           painted(style, sign.colour, state) + '\n';
}

std::string finding_block(const Style& style, const model::Finding& finding)
{
    std::string out = labelled(style, 2, "", 0, sentence_of(finding));
    if (finding.evidence.empty()) return out;
    const auto& evidence = finding.evidence.front();
    if (!evidence.path.empty()) out += labelled_path(style, 2, "file", k_label, shown(evidence.path));
    if (!evidence.expected.empty() || !evidence.actual.empty()) {
        std::string why = evidence.actual.empty() ? std::string{} : "is " + shown(evidence.actual);
        if (!evidence.expected.empty()) {
            why += (why.empty() ? "should be " : ", should be ") + shown(evidence.expected);
        }
        out += labelled(style, 2, "why", k_label, why);
    }
    return out;
}

std::string trouble_block(const Context& context, const EnvironmentReport& report)
{
    const auto& style = context.style;
    std::string out = headline(style, report);
    const auto next = next_step(report, context.plans, context.offers, columns_of(style) - k_label - 4);
    const auto findings = in_order(report.findings, next);
    if (!report.state_reason.empty()) out += labelled(style, 2, "", 0, shown(report.state_reason));
    for (std::size_t i = 0; i < findings.size(); ++i) {
        if (i < k_findings_in_full) {
            out += finding_block(style, *findings[i]);
        } else if (i < k_findings_named) {
            out += labelled(style, 2, "also", k_label, sentence_of(*findings[i]));
        } else {
            out += labelled(style, 2, "also", k_label,
                            std::to_string(findings.size() - i) + " more: envfixctl show " +
                                environment_word(report, 40));
            break;
        }
    }
    if (report.probe && report.probe->ran && !report.probe->ok) {
        out += labelled(style, 2, "says", k_label, shown(report.probe->error));
    }
    if (!report.hold.empty()) out += labelled(style, 2, "held", k_label, shown(report.hold), Colour::yellow);
    out += next_block(style, 2, k_label, next);
    if (std::ranges::find(context.unwatched, report.id) != context.unwatched.end()) {
        out += labelled_command(style, 2, "also", k_label, "envfixctl add " + shell_word(shown(folder_of(report))));
        out += labelled(style, 2, "", k_label, "envfix does not watch it yet", Colour::dim);
    }
    return out;
}

bool is_well(const EnvironmentReport& report)
{
    return report.state == EnvironmentState::healthy;
}

/// Whether a plan waits for what only warns.
bool awaits_with_warnings(const EnvironmentReport& report)
{
    return report.state == EnvironmentState::awaiting_approval && !report.findings.empty() &&
           std::ranges::none_of(report.findings, [](const model::Finding& finding) {
               return finding.severity == model::Severity::error;
           });
}

/// "2 broken, 1 could not be checked"
std::string tally(std::span<const EnvironmentReport> reports)
{
    const auto count = [&](auto... states) {
        return static_cast<std::uint64_t>(std::ranges::count_if(
            reports, [&](const EnvironmentReport& report) { return ((report.state == states) || ...); }));
    };
    std::string out;
    const auto add = [&](std::uint64_t number, std::string_view what) {
        if (number == 0) return;
        if (!out.empty()) out += ", ";
        out.append(std::to_string(number)).append(" ").append(what);
    };
    const auto warned = static_cast<std::uint64_t>(std::ranges::count_if(reports, awaits_with_warnings));
    add(count(EnvironmentState::broken, EnvironmentState::awaiting_approval) - warned, "broken");
    add(count(EnvironmentState::quarantined), "given up on");
    add(count(EnvironmentState::degraded) + warned, "with warnings");
    add(count(EnvironmentState::fixing), "being fixed");
    add(count(EnvironmentState::unverifiable), "could not be checked");
    return out;
}

/// Whether all that is wrong is that nobody set a checkout up, and nothing is under way about it.
bool is_bare_project(const Context& context, const EnvironmentReport& report)
{
    const auto is_its = [&](const model::Plan& plan) { return plan.environment_id == report.id; };
    return report.kind == model::EnvironmentKind::project && report.state == EnvironmentState::degraded && report.hold.empty() &&
           std::ranges::none_of(context.plans, is_its);
}

/// Many of them are told of together.
std::string projects_block(const Style& style, const std::vector<const EnvironmentReport*>& projects)
{
    const auto sign = sign_of(style, EnvironmentState::degraded);
    std::string out = painted(style, sign.colour, sign.text) + ' ' +
                      painted(style, Colour::bold, std::to_string(projects.size()) + " projects have no environment for what they ask for") +
                      '\n';
    for (std::size_t i = 0; i < std::min(projects.size(), k_projects_named); ++i)
        out += labelled_path(style, 2, "", 0, place_of(*projects[i]));
    if (projects.size() > k_projects_named)
        out += labelled(style, 2, "", 0, "and " + std::to_string(projects.size() - k_projects_named) + " more: envfixctl list");
    return out + labelled_command(style, 2, "next", k_label, "envfixctl fix PATH");
}

std::string well_line(const Style& style, std::uint64_t number)
{
    const auto sign = sign_of(style, EnvironmentState::healthy);
    return painted(style, sign.colour, sign.text + ' ' + counted(number, "environment is well.", "environments are well.")) +
           '\n';
}

} // namespace

std::string status_text(const Style& style, const model::Status& status)
{
    std::string out = daemon_line(style, status.daemon);
    out += '\n';
    if (status.environments.empty()) {
        out += labelled(style, 0, "", 0, "No Python environment is known yet. Name a folder that holds your projects:");
        return out + labelled_command(style, 0, "next", k_label, "envfixctl add PATH");
    }
    const Context context{style, status.plans, status.offers, {}};
    const auto wrong = static_cast<std::uint64_t>(
        std::ranges::count_if(status.environments, [](const auto& report) { return !is_well(report); }));
    const auto total = std::max<std::uint64_t>(status.total, status.environments.size());
    if (wrong == 0) return out + well_line(style, total);

    const auto worst = std::ranges::find_if_not(status.environments, is_well);
    const auto verdict = "Of " + counted(total, "environment", "environments") + ": " + tally(status.environments) + '.';
    for (const auto& line : wrapped(verdict, columns_of(style))) {
        out += painted(style, sign_of(style, worst->state).colour, line);
        out += '\n';
    }
    std::vector<const EnvironmentReport*> bare;
    for (const auto& report : status.environments) {
        if (is_bare_project(context, report)) bare.push_back(&report);
    }
    const bool together = bare.size() > k_projects_in_full;
    for (const auto& report : status.environments) {
        if (!is_well(report) && !(together && is_bare_project(context, report))) out += '\n' + trouble_block(context, report);
    }
    if (together) out += '\n' + projects_block(style, bare);
    if (total > wrong) out += '\n' + well_line(style, total - wrong);
    return out;
}

std::string check_text(const Style& style, std::span<const EnvironmentReport> environments,
                       std::span<const model::Plan> plans, std::span<const model::PolicyOffer> offers,
                       std::span<const std::string> unwatched)
{
    if (environments.empty()) return labelled(style, 0, "", 0, "There is no Python environment here.");
    const Context context{style, plans, offers, unwatched};
    std::string out;
    bool block_before = false;
    for (const auto& report : environments) {
        if (!is_well(report)) {
            if (!out.empty()) out += '\n';
            out += trouble_block(context, report);
            block_before = true;
            continue;
        }
        if (block_before) out += '\n';
        block_before = false;
        out += headline(style, report);
        if (!report.state_reason.empty()) out += labelled(style, 2, "", 0, shown(report.state_reason), Colour::dim);
        if (!report.hold.empty()) out += labelled(style, 2, "held", k_label, shown(report.hold), Colour::yellow);
        for (const auto& finding : report.findings) {
            out += labelled(style, 2, "note", k_label, sentence_of(finding), Colour::dim);
        }
        if (report.probe && report.probe->ran) {
            out += labelled(style, 2, "", 0,
                            report.probe->ok ? "Its chain imports in the real interpreter." : shown(report.probe->error),
                            Colour::dim);
        }
    }
    return out;
}

} // namespace envfix::report
