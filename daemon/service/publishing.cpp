#include "service/publishing.hpp"

#include "report/next_step.hpp"
#include "service/accounts.hpp"
#include "service/chronicle.hpp"
#include "service/notify.hpp"
#include "service/notifying.hpp"

#include <algorithm>

namespace envfix::service {

namespace {

/// What stands in our way, beside files of the configuration.
std::vector<std::string> troubles_of(const World& world)
{
    auto texts = world.degraded;
    if (!world.let_through.empty()) texts.push_back("its sandbox does not hold: " + sandbox_fault(world));
    if (world.accounts != nullptr) {
        const auto accounts = world.accounts->troubles();
        texts.insert(texts.end(), accounts.begin(), accounts.end());
    }
    if (!world.journal.degraded().empty()) texts.push_back(world.journal.degraded());
    if (world.observer != nullptr) {
        const auto status = world.observer->status();
        texts.insert(texts.end(), status.degraded.begin(), status.degraded.end());
    }
    return texts;
}

model::EnvironmentReport without_hold_if(bool over, model::EnvironmentReport report)
{
    if (over) report.hold.clear();
    return report;
}

} // namespace

model::EnvironmentReport shown_report(const World& world, const Known& known)
{
    const bool waiting = world.plans.waiting(known.environment.id) != nullptr;
    const bool over = known.hold && known.hold->until_s != 0 && known.hold->until_s <= wall_clock_s();
    auto report = without_hold_if(over, world.catalogue.shown(known, waiting));
    const bool wrong = report.state == model::EnvironmentState::broken || report.state == model::EnvironmentState::degraded;
    const auto* told = wrong && report.state_reason.empty() ? world.plans.advice(known.environment.id) : nullptr;
    if (told != nullptr && report::is_left_out(*told)) report.state_reason = told->state_reason;
    return report;
}

void publish_environment(World& world, const std::string& id)
{
    auto* known = world.catalogue.find(id);
    if (known == nullptr) return;
    const auto shown = shown_report(world, *known);
    record_changes(*known, shown);
    if (world.notifying != nullptr && known->judged) world.notifying->look(shown, false);
    if (world.bus != nullptr) world.bus->environment_changed(shown);
    world.summary_is_old = true;
}

void publish_summary(World& world)
{
    if (!world.summary_is_old) return;
    world.summary_is_old = false;
    const auto& all = world.catalogue.all();
    const auto broken = std::ranges::count_if(all, [](const auto& entry) {
        return entry.second.judged && entry.second.report.state == model::EnvironmentState::broken;
    });
    notify::status(std::to_string(all.size()) + (all.size() == 1 ? " environment, " : " environments, ") +
                   std::to_string(broken) + " broken");
    auto troubles = troubles_of(world);
    for (const auto& text : troubles) {
        if (std::ranges::find(world.recorded_troubles, text) == world.recorded_troubles.end()) record(Event::degraded, text, {});
    }
    world.recorded_troubles = std::move(troubles);
}

std::string sandbox_fault(const World& world)
{
    std::string text;
    for (const auto& what : world.let_through) text += (text.empty() ? "it may " : "; it may ") + what;
    return text;
}

std::vector<std::string> degraded_texts(const World& world)
{
    auto texts = troubles_of(world);
    for (const auto& problem : world.configuration.problems) {
        std::string where = problem.file;
        if (problem.line > 0) where += ":" + std::to_string(problem.line) + ":" + std::to_string(problem.column);
        texts.push_back(where + ": " + problem.reason + "; the file is left out");
    }
    return texts;
}

} // namespace envfix::service
