#include "report/next_step.hpp"

#include "report/text.hpp"

#include <algorithm>
#include <optional>

namespace envfix::report {

namespace {

using model::Finding;
using model::PlanState;

NextStep command(std::string text, std::string note = {})
{
    return {.kind = NextStep::Kind::command, .text = std::move(text), .note = std::move(note), .code = {}};
}

NextStep advice(std::string text)
{
    return {.kind = NextStep::Kind::advice, .text = std::move(text), .note = {}, .code = {}};
}

bool covers(const std::vector<std::string>& codes, const Finding& finding)
{
    return std::ranges::find(codes, finding.code) != codes.end();
}

/// The code of the worst finding that these cover.
std::string code_of(const std::vector<const Finding*>& findings, const std::vector<std::string>& codes)
{
    const auto found = std::ranges::find_if(findings, [&](const Finding* finding) { return covers(codes, *finding); });
    return found == findings.end() ? std::string{} : (*found)->code;
}

std::vector<const Finding*> worst_first(const model::Findings& findings)
{
    std::vector<const Finding*> sorted;
    for (const auto& finding : findings) sorted.push_back(&finding);
    std::ranges::stable_sort(sorted, {}, &Finding::severity);
    return sorted;
}

NextStep about(NextStep step, std::string code)
{
    step.code = std::move(code);
    return step;
}

/// An offer without codes covers whatever is wrong.
NextStep take(const model::PolicyOffer& offer, const Finding& finding, const std::string& fix)
{
    const auto named = [&](NextStep step) { return about(std::move(step), finding.code); };
    if (!offer.advice.empty()) return named(advice(offer.advice));
    if (offer.approved) return named(command(fix, shown(offer.describe)));
    return named(command("envfixctl policy approve " + shell_word(shown(offer.policy)), shown(offer.describe)));
}

/// What is to be done about the worst findings, by a policy if one covers any of them.
std::optional<NextStep> step_for(const std::vector<const Finding*>& worst, const std::vector<const model::PolicyOffer*>& offers,
                                 const std::string& fix)
{
    for (const auto* finding : worst) {
        const auto fits = std::ranges::find_if(offers, [&](const model::PolicyOffer* offer) {
            return offer->findings.empty() || covers(offer->findings, *finding);
        });
        if (fits != offers.end()) return take(**fits, *finding, fix);
    }
    for (const auto* finding : worst) {
        if (finding->remedies.empty()) continue;
        return NextStep{.kind = NextStep::Kind::sentence, .text = shown(finding->remedies.front()), .note = {}, .code = finding->code};
    }
    return std::nullopt;
}

} // namespace

std::string environment_word(const model::EnvironmentReport& report, std::size_t room)
{
    const auto word = shell_word(report.path);
    const bool shared = report.kind == model::EnvironmentKind::system || report.kind == model::EnvironmentKind::user;
    const bool plain = shown(report.path) == report.path && !shared;
    if (plain && !report.path.empty() && display_width(word) <= room) return word;
    return shell_word(shown(report.id));
}

bool is_left_out(const model::Plan& plan)
{
    return !plan.ladder.empty() &&
           std::ranges::none_of(plan.ladder, [](const model::Rung& rung) { return rung.unavailable.empty(); });
}

std::string title_of(const model::Rung& rung)
{
    std::string title;
    for (const auto& step : rung.steps) {
        title += (title.empty() ? "" : ", ") + std::string{model::to_string(step.kind)};
        for (const auto& change : step.changes) title += ' ' + change.distribution;
    }
    return title;
}

std::string left_out_line(const model::Plan& plan)
{
    std::string line;
    for (const auto& rung : plan.ladder) {
        if (rung.unavailable.empty()) continue;
        line += (line.empty() ? "" : "; ") + title_of(rung) + " (" + rung.unavailable + ')';
    }
    return line;
}

bool ended_with_packages(const model::Run& run)
{
    const auto last = std::find_if(run.events.rbegin(), run.events.rend(), [](const model::RunEvent& event) {
        return event.step == "system-packages" || event.step == "transaction";
    });
    return last != run.events.rend() && last->step == "system-packages";
}

NextStep next_step(const model::Plan& plan, std::span<const model::PolicyOffer> offers)
{
    if (plan.state == PlanState::advice && is_left_out(plan)) {
        const bool plain = shown(plan.environment_path) == plan.environment_path;
        return command("envfixctl plan " + shell_word(shown(plain ? plan.environment_path : plan.environment_id)),
                       "it is looked into again, once one of these reasons is out of the way");
    }
    if (plan.state == PlanState::advice) return advice(model::advice_of(plan));
    if (plan.state != PlanState::waiting) return {};
    const auto approve = "envfixctl approve " + shell_word(shown(plan.id));
    const auto its = std::ranges::find_if(offers, [&](const model::PolicyOffer& offer) {
        return offer.environment_id == plan.environment_id && offer.policy == plan.policy;
    });
    if (its == offers.end() || its->approved) return command(approve);
    return command("envfixctl policy approve " + shell_word(shown(its->policy)), "then: " + approve); // else it is refused
}

NextStep next_step(const model::EnvironmentReport& report, std::span<const model::Plan> plans,
                   std::span<const model::PolicyOffer> offers, std::size_t room)
{
    using model::EnvironmentState;
    const auto here = [&](const char* verb) {
        const auto before = std::string{"envfixctl "} + verb + ' ';
        return before + environment_word(report, room > before.size() ? room - before.size() : 0);
    };
    switch (report.state) {
    case EnvironmentState::healthy: return {};
    case EnvironmentState::fixing: return command("envfixctl watch", "It is being fixed now.");
    case EnvironmentState::quarantined:
        return command(here("release"), "envfix gave up on it; this lets it try again.");
    case EnvironmentState::unverifiable:
        return report.state_reason.empty() ? command(here("show")) : command(here("check"), "once that is put right");
    case EnvironmentState::degraded:
    case EnvironmentState::broken:
    case EnvironmentState::awaiting_approval: break;
    }
    const auto findings = worst_first(report.findings);
    const auto plan_in = [&](PlanState state) {
        const auto found = std::ranges::find_if(plans, [&](const model::Plan& plan) {
            return plan.environment_id == report.id && plan.state == state;
        });
        return found == plans.end() ? nullptr : &*found;
    };
    const auto free_first = [&](NextStep step) { // until then every fix is refused
        if (report.hold.empty() || step.kind != NextStep::Kind::command) return step;
        return about(command(here("release"), "it is held, " + shown(report.hold)), step.code);
    };
    if (const auto* waiting = plan_in(PlanState::waiting)) {
        auto step = next_step(*waiting, offers);
        if (step.note.empty()) step.note = "see it first: " + here("plan");
        return free_first(about(std::move(step), code_of(findings, waiting->findings)));
    }
    if (const auto* told = plan_in(PlanState::advice)) {
        const auto code = code_of(findings, told->findings);
        if (!findings.empty() && (code == findings.front()->code || code.empty())) return about(next_step(*told, offers), code);
    }
    std::vector<const model::PolicyOffer*> its;
    for (const auto& offer : offers) {
        if (offer.environment_id == report.id) its.push_back(&offer);
    }
    if (findings.empty() || findings.front()->severity == model::Severity::info) return command(here("show")); // a probe told
    auto worst = findings;
    std::erase_if(worst, [&](const Finding* finding) { return finding->severity != findings.front()->severity; });
    if (auto step = step_for(worst, its, here("fix"))) return free_first(*std::move(step));
    return command(here("show"));
}

std::vector<const Finding*> in_order(const model::Findings& findings, const NextStep& next)
{
    auto sorted = worst_first(findings);
    const auto first = std::ranges::find_if(sorted, [&](const Finding* finding) { return finding->code == next.code; });
    if (first != sorted.end()) std::rotate(sorted.begin(), first, first + 1);
    return sorted;
}

} // namespace envfix::report
