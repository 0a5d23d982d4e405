#include "model/plan_steps.hpp"
#include "report/text.hpp"
#include "report/views.hpp"
#include "report/words.hpp"

#include <algorithm>
#include <array>

namespace envfix::report {

namespace {

std::string change_text(const Style& style, const model::PackageChange& change)
{
    const char* arrow = style.unicode ? " → " : " -> ";
    auto out = shown(change.distribution);
    if (change.from == change.to) return change.to.empty() ? out : out + ' ' + shown(change.to);
    if (change.from.empty()) return out + ' ' + shown(change.to) + " (new)";
    return out + ' ' + shown(change.from) + arrow + (change.to.empty() ? std::string{"gone"} : shown(change.to));
}

std::string_view verb_of(model::StepKind kind)
{
    switch (kind) {
    case model::StepKind::restore: return "put back from the store of known-good files";
    case model::StepKind::pip_install: return "install with pip, beside the environment first";
    case model::StepKind::pip_reinstall: return "reinstall with pip, beside the environment first";
    case model::StepKind::pip_uninstall: return "uninstall, by RECORD";
    case model::StepKind::quarantine: return "move aside";
    case model::StepKind::advise: return "for you to do";
    case model::StepKind::venv_create: return "create a virtual environment";
    case model::StepKind::venv_recreate: return "recreate the virtual environment";
    case model::StepKind::system_packages: return "for you to do: install packages of the system";
    }
    return {};
}

std::string step_block(const Style& style, std::size_t indent, const model::Step& step)
{
    constexpr std::size_t k_label = 6;
    constexpr std::size_t k_paths_shown = 6;
    const bool by_machine = step.kind == model::StepKind::system_packages && !model::is_for_a_person(step);
    const auto verb = by_machine ? std::string_view{"install packages of the system, as root, in just these versions; the machine's envfix does it"}
                                 : verb_of(step.kind);
    std::string out = labelled(style, indent, "", 0, verb, Colour::bold);
    indent += 2;
    for (const auto& change : step.changes) {
        out += labelled(style, indent, "", 0, change_text(style, change));
        if (!change.source.empty()) out += labelled_path(style, indent, "from", k_label, shown(change.source));
        if (!change.sha256.empty()) out += labelled(style, indent, "sha256", k_label, shown(change.sha256), Colour::dim);
    }
    for (std::size_t i = 0; i < step.paths.size(); ++i) {
        if (i == k_paths_shown) {
            out += labelled(style, indent, "", 0, "and " + std::to_string(step.paths.size() - i) + " more");
            break;
        }
        out += labelled_path(style, indent, "file", k_label, shown(step.paths[i]));
    }
    if (!step.location.empty()) out += labelled_path(style, indent, "in", k_label, shown(step.location));
    const bool venv = step.kind == model::StepKind::venv_create || step.kind == model::StepKind::venv_recreate;
    if (venv && !step.text.empty()) out += labelled_path(style, indent, "with", k_label, shown(step.text));
    if (step.isolated) out += labelled(style, indent, "", 0, "it sees no packages but its own");
    if (!venv && !step.text.empty()) out += labelled_advice(style, indent, "", 0, step.text);
    return out;
}

std::string rung_block(const Style& style, std::size_t number, const model::Rung& rung)
{
    std::string out = labelled(style, 0, number == 1 ? "first" : "else", 5,
                               rung.unavailable.empty() ? "if its proof holds, this is kept:"
                                                        : "left out: " + shown(rung.unavailable),
                               rung.unavailable.empty() ? Colour::none : Colour::dim);
    for (const auto& step : rung.steps) {
        const bool nothing_there = step.kind == model::StepKind::quarantine && step.paths.empty();
        if (!nothing_there) out += step_block(style, 4, step);
    }
    return out;
}

std::string state_of(const model::Plan& plan)
{
    if (plan.state != model::PlanState::advice) return std::string{to_string(plan.state)};
    return is_left_out(plan) ? "nothing of it can be done as things are" : "for you to do: nothing is safe to be done automatically";
}

/// What the person is told, and why nothing else is done.
std::string advice_block(const Style& style, std::size_t label_columns, const model::Plan& plan)
{
    std::string out;
    for (const auto& rung : plan.ladder) {
        if (rung.unavailable.empty()) continue;
        const auto what = title_of(rung);
        out += labelled(style, 0, "left out", label_columns + 1, (what.empty() ? "" : shown(what) + ": ") + shown(rung.unavailable),
                        Colour::dim);
    }
    return out + '\n' + next_block(style, 0, label_columns, next_step(plan, {}));
}

} // namespace

std::string plan_text(const Style& style, const model::Plan& plan, std::span<const model::PolicyOffer> offers)
{
    constexpr std::size_t k_label = 7;
    const auto width = columns_of(style);
    std::string out = painted(style, Colour::bold, "Plan " + fit_end(style, shown(plan.id), width - 5)) + '\n';
    out += labelled_path(style, 0, "for", k_label, shown(plan.environment_path));
    out += labelled(style, 0, "because", k_label, joined(plan.findings));
    out += labelled(style, 0, "policy", k_label, shown(plan.policy));
    out += labelled(style, 0, "state", k_label, state_of(plan));
    const bool told_below = plan.state == model::PlanState::advice;
    if (!plan.state_reason.empty() && !told_below) out += labelled(style, 0, "", k_label, shown(plan.state_reason));
    if (plan.expires_s != 0 && plan.state == model::PlanState::waiting) {
        out += labelled(style, 0, "until", k_label, utc_text(plan.expires_s));
    }
    if (plan.state == model::PlanState::advice) return out + advice_block(style, k_label, plan);
    for (std::size_t i = 0; i < plan.ladder.size(); ++i) out += '\n' + rung_block(style, i + 1, plan.ladder[i]);
    out += '\n';
    out += labelled(style, 0, "proof", k_label,
                    "the chain " + shown(plan.chain) +
                        " is imported beside the environment before anything is changed, and in it afterwards; "
                        "if either fails, everything is as before" +
                        (std::ranges::any_of(plan.ladder, model::is_for_the_machine) ? " but packages of the system, which stay installed" : ""));
    return out + next_block(style, 0, k_label, next_step(plan, offers));
}

std::string history_text(const Style& style, std::span<const model::Run> runs, std::uint64_t total)
{
    if (runs.empty()) return labelled(style, 0, "", 0, "Nothing has been done yet.");
    const std::array<Column, 7> columns{Column{.title = "RUN", .keep = Column::k_always},
                                        Column{.title = "WHEN", .keep = 5},
                                        Column{.title = "STATE", .keep = Column::k_always},
                                        Column{.title = "POLICY", .keep = 2},
                                        Column{.title = "APPROVED BY", .keep = 1},
                                        Column{.title = "PATH", .path = true, .keep = 6},
                                        Column{.title = "WHAT", .path = true, .keep = 4}};
    std::vector<std::vector<Cell>> rows;
    for (const auto& run : runs) {
        rows.push_back({{shown(run.id)},
                        {ago_text(run.started_s, style.now_s)},
                        {std::string{to_string(run.state)}, colour_of(run.state)},
                        {shown(run.policy)},
                        {shown(run.approved_by)},
                        {shown(run.environment_path)},
                        {shown(run.summary)}});
    }
    std::string out = table(style, columns, rows);
    if (total > runs.size()) {
        out += labelled(style, 0, "", 0, "The latest " + std::to_string(runs.size()) + " of " + std::to_string(total) + '.',
                        Colour::dim);
    }
    return out;
}

std::string run_text(const Style& style, const model::Run& run)
{
    constexpr std::size_t k_label = 8;
    const auto width = columns_of(style);
    std::string out = painted(style, Colour::bold, fit_end(style, "Run " + shown(run.id), width)) + '\n';
    out += labelled_path(style, 0, "of", k_label, shown(run.environment_path));
    out += labelled(style, 0, "state", k_label, std::string{to_string(run.state)}, colour_of(run.state));
    if (!run.summary.empty()) out += labelled(style, 0, "done", k_label, shown(run.summary));
    // What proved the fix says nothing about the environment once the fix is taken back.
    const bool taken_back = run.state == model::RunState::undone;
    if (taken_back) out += labelled(style, 0, "", k_label, "taken back: what the run changed is as it was before it");
    if (!run.proof.empty() && !taken_back) out += labelled(style, 0, "proof", k_label, shown(run.proof));
    auto by = shown(run.policy);
    if (!run.approved_by.empty()) by += (by.empty() ? "asked for by " : ", approved by ") + shown(run.approved_by);
    out += labelled(style, 0, run.policy.empty() ? "why" : "policy", k_label, by);
    if (!run.findings.empty()) out += labelled(style, 0, "because", k_label, joined(run.findings));
    out += labelled(style, 0, "began", k_label, utc_text(run.started_s));
    for (const auto& event : run.events) {
        out += labelled(style, 2, fit_end(style, shown(event.step), 11), 11, shown(event.text));
    }
    if (run.state == model::RunState::fixed && ended_with_packages(run)) {
        out += labelled(style, 0, "undo", k_label, "packages of the system are not taken back");
    } else if (run.state == model::RunState::fixed) {
        out += labelled_command(style, 0, "undo", k_label, "envfixctl undo " + shell_word(shown(run.id)));
    }
    if (run.environment_id.empty()) return out; // of none, but of the whole machine
    if (run.state == model::RunState::reverted || run.state == model::RunState::failed || run.state == model::RunState::conflict) {
        out += labelled_command(style, 0, "next", k_label, "envfixctl status " + shell_word(shown(run.environment_id)));
    }
    return out;
}

} // namespace envfix::report
