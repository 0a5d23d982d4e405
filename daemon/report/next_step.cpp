#include "report/next_step.hpp"

#include "report/text.hpp"

#include <algorithm>

namespace envfix::report {

namespace {

NextStep command(std::string text, std::string note = {})
{
    return {.kind = NextStep::Kind::command, .text = std::move(text), .note = std::move(note)};
}

} // namespace

std::string environment_word(const model::EnvironmentReport& report, std::size_t room)
{
    const auto word = shell_word(report.path);
    const bool plain = shown(report.path) == report.path;
    if (plain && !report.path.empty() && display_width(word) <= room) return word;
    return shell_word(shown(report.id));
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
    const auto waiting = std::ranges::find_if(plans, [&](const model::Plan& plan) {
        return plan.environment_id == report.id && plan.state == model::PlanState::waiting;
    });
    if (waiting != plans.end()) {
        const auto its = std::ranges::find_if(offers, [&](const model::PolicyOffer& offer) {
            return offer.environment_id == report.id && offer.policy == waiting->policy;
        });
        if (its != offers.end() && !its->approved) { // its approval alone would be refused
            return command("envfixctl policy approve " + shell_word(shown(its->policy)),
                           "then: envfixctl approve " + shell_word(shown(waiting->id)));
        }
        return command("envfixctl approve " + shell_word(shown(waiting->id)), "see it first: " + here("plan"));
    }
    const auto offer = std::ranges::find(offers, report.id, &model::PolicyOffer::environment_id);
    if (offer != offers.end()) {
        if (!offer->approved) {
            return command("envfixctl policy approve " + shell_word(shown(offer->policy)), shown(offer->describe));
        }
        return command(here("fix"), shown(offer->describe));
    }
    for (const auto& finding : report.findings) {
        if (!finding.remedies.empty()) {
            return {.kind = NextStep::Kind::sentence, .text = shown(finding.remedies.front()), .note = {}};
        }
    }
    return command(here("show"));
}

} // namespace envfix::report
