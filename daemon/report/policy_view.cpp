#include "report/text.hpp"
#include "report/views.hpp"
#include "report/words.hpp"

#include <algorithm>
#include <array>

namespace envfix::report {

namespace {

std::string approval_word(const model::PolicyReport& report)
{
    if (report.approval) return "approved";
    return report.lapsed ? "changed since it was approved" : "not approved";
}

Colour approval_colour(const model::PolicyReport& report)
{
    return report.approval ? Colour::green : Colour::yellow;
}

std::string step_text(const model::StepTemplate& step)
{
    std::string out{to_string(step.kind)};
    if (!step.distributions.empty()) out += ' ' + joined(step.distributions);
    if (!step.quarantine.empty()) out += ' ' + shown(step.quarantine);
    if (!step.pythons.empty()) out += " Python " + joined(step.pythons, " or ");
    if (!step.index_url.empty()) out += ", index " + shown(step.index_url);
    if (!step.find_links.empty()) out += ", wheels from " + joined(step.find_links);
    if (!step.text.empty()) out += ": " + shown(step.text);
    return out;
}

std::string verdict_block(const Style& style, const model::PolicyVerdict& verdict)
{
    const auto width = columns_of(style);
    const auto sign = verdict.acts ? sign_of(style, model::EnvironmentState::healthy) : Sign{.text = "-", .colour = Colour::dim};
    const auto policy = fit_end(style, shown(verdict.policy), width / 2);
    return painted(style, sign.colour, sign.text) + ' ' + painted(style, Colour::bold, policy) + "  " +
           fit_middle(style, shown(verdict.environment_path), width - 4 - display_width(policy)) + '\n' +
           labelled(style, 2, "", 0, shown(verdict.reason));
}

} // namespace

std::string problems_text(const Style& style, std::span<const model::PolicyProblem> problems)
{
    std::string out;
    for (const auto& problem : problems) {
        std::string where = shown(problem.file);
        if (problem.line > 0) where += ':' + std::to_string(problem.line);
        if (problem.line > 0 && problem.column > 0) where += ':' + std::to_string(problem.column);
        const auto sign = sign_of(style, model::Severity::error);
        const auto width = columns_of(style);
        out += painted(style, sign.colour, sign.text) + ' ' + fit_middle(style, where, width - 2) + '\n';
        out += labelled(style, 2, "", 0, shown(problem.reason));
    }
    return out;
}

std::string policy_list_text(const Style& style, const model::PolicyList& list)
{
    std::string out;
    if (list.policies.empty()) {
        out = labelled(style, 0, "", 0, "There is no policy.");
    } else {
        const std::array<Column, 4> columns{Column{.title = "POLICY", .keep = Column::k_always},
                                            Column{.title = "MODE", .keep = 2},
                                            Column{.title = "STATE", .keep = 3},
                                            Column{.title = "WHAT IT DOES", .path = false, .keep = 1}};
        std::vector<std::vector<Cell>> rows;
        for (const auto& report : list.policies) {
            rows.push_back({{shown(report.policy.name)},
                            {std::string{to_string(report.policy.mode)}},
                            {approval_word(report), approval_colour(report)},
                            {shown(report.policy.describe)}});
        }
        out = table(style, columns, rows);
        const auto waiting = std::ranges::find_if(list.policies, [](const auto& report) { return !report.approval; });
        if (waiting != list.policies.end()) {
            out += '\n' + labelled_command(style, 0, "next", 4,
                                           "envfixctl policy show " + shell_word(shown(waiting->policy.name)));
        }
    }
    if (!list.problems.empty()) {
        out += '\n' + labelled(style, 0, "", 0, "Left out:") + problems_text(style, list.problems);
    }
    return out;
}

std::string policy_text(const Style& style, const model::PolicyReport& report)
{
    constexpr std::size_t k_label = 9;
    const auto& policy = report.policy;
    const auto width = columns_of(style);
    std::string out = painted(style, Colour::bold, fit_end(style, shown(policy.name), width)) + '\n';
    if (!policy.describe.empty()) out += labelled(style, 0, "", 0, shown(policy.describe));
    auto state = approval_word(report);
    if (report.approval) state += " by " + shown(report.approval->by) + ", " + utc_text(report.approval->at_s);
    out += labelled(style, 0, "state", k_label, state, approval_colour(report));
    out += labelled(style, 0, "mode", k_label, std::string{to_string(policy.mode)});
    out += labelled(style, 0, "findings", k_label, joined(policy.findings));
    if (!policy.kinds.empty()) {
        std::vector<std::string> kinds;
        for (const auto kind : policy.kinds) kinds.emplace_back(to_string(kind));
        out += labelled(style, 0, "kinds", k_label, joined(kinds));
    }
    if (!policy.python.empty()) out += labelled(style, 0, "python", k_label, shown(policy.python));
    if (!policy.paths.empty()) out += labelled(style, 0, "paths", k_label, joined(policy.paths));
    std::string_view label = "does";
    for (const auto& rung : policy.ladder) {
        for (const auto& step : rung) {
            out += labelled(style, 0, label, k_label, step_text(step));
            label = "and";
        }
        label = "else";
    }
    if (!policy.verify_command.empty()) out += labelled(style, 0, "verified", k_label, joined(policy.verify_command, " "));
    out += labelled(style, 0, "limits", k_label,
                    counted(static_cast<std::uint64_t>(std::max(policy.attempts, 0)), "attempt", "attempts") +
                        ", then nothing for " +
                        duration_text(static_cast<std::uint64_t>(std::max<std::int64_t>(policy.cooldown_s, 0))) +
                        (policy.window.empty() ? "" : ", only " + shown(policy.window)));
    if (policy.allow_externally_managed) {
        out += labelled(style, 0, "note", k_label, "may write to externally managed environments", Colour::yellow);
    }
    out += labelled_path(style, 0, "file", k_label, shown(policy.file));
    out += labelled(style, 0, "sha256", k_label, shown(policy.sha256), Colour::dim);
    if (!report.approval) {
        out += labelled_command(style, 0, "next", k_label, "envfixctl policy approve " + shell_word(shown(policy.name)));
    }
    return out;
}

std::string verdicts_text(const Style& style, std::span<const model::PolicyVerdict> verdicts)
{
    if (verdicts.empty()) return labelled(style, 0, "", 0, "No policy has anything to do here.");
    std::string out;
    std::uint64_t others = 0;
    for (const auto& verdict : verdicts) {
        const bool concerned = !verdict.reason.starts_with(model::k_no_finding);
        if (concerned) out += verdict_block(style, verdict);
        others += concerned ? 0 : 1;
    }
    if (others == 0) return out;
    return out + (out.empty() ? "" : "\n") +
           labelled(style, 0, "", 0, "None of its findings is in " + counted(others, "environment.", "environments."), Colour::dim);
}

std::string why_text(const Style& style, std::span<const model::PolicyVerdict> verdicts)
{
    std::vector<const model::PolicyVerdict*> concerned;
    for (const auto& verdict : verdicts) {
        if (!verdict.reason.starts_with(model::k_no_finding)) concerned.push_back(&verdict);
    }
    std::ranges::stable_sort(concerned, {}, [](const model::PolicyVerdict* verdict) { return !verdict->acts; });
    std::string answer = "No policy is for anything that is wrong there.";
    if (!concerned.empty()) {
        const auto& first = *concerned.front();
        answer = first.acts ? shown(first.policy) + " acts by itself there."
                            : "None acts by itself there. " + shown(first.policy) + ": " + shown(first.reason);
    }
    std::string out = labelled(style, 0, "", 0, answer, Colour::bold);
    if (concerned.size() > 1 || (!concerned.empty() && concerned.front()->acts)) {
        out += '\n';
        for (const auto* verdict : concerned) out += verdict_block(style, *verdict);
    }
    const auto others = verdicts.size() - concerned.size();
    if (others == 0) return out;
    return out + '\n' + labelled(style, 0, "", 0, counted(others, "policy is", "policies are") +
                                 " for other findings: envfixctl policy list", Colour::dim);
}

} // namespace envfix::report
