#include "service/publishing.hpp"

#include "service/notify.hpp"

#include <algorithm>

namespace envfix::service {

std::optional<model::Plan> waiting_plan(const World& world, const std::string& environment_id)
{
    const auto plans = world.journal.plans(environment_id);
    if (!plans) return std::nullopt;
    const auto waiting = std::ranges::find(*plans, model::PlanState::waiting, &model::Plan::state);
    if (waiting == plans->end()) return std::nullopt;
    return *waiting;
}

model::EnvironmentReport shown_report(const World& world, const Known& known)
{
    const bool well = known.judged && known.report.state == model::EnvironmentState::healthy;
    const bool waiting = !well && waiting_plan(world, known.environment.id).has_value();
    return world.catalogue.shown(known, waiting);
}

void publish_environment(World& world, const std::string& id)
{
    const auto* known = world.catalogue.find(id);
    if (known == nullptr) return;
    if (world.bus != nullptr) world.bus->environment_changed(shown_report(world, *known));

    std::size_t broken = 0;
    for (const auto& [other, entry] : world.catalogue.all()) {
        if (entry.judged && entry.report.state == model::EnvironmentState::broken) ++broken;
    }
    const auto count = world.catalogue.all().size();
    notify::status(std::to_string(count) + (count == 1 ? " environment, " : " environments, ") + std::to_string(broken) +
                   " broken");
}

std::vector<std::string> degraded_texts(const World& world)
{
    auto texts = world.degraded;
    for (const auto& problem : world.configuration.problems) {
        std::string where = problem.file;
        if (problem.line > 0) where += ":" + std::to_string(problem.line) + ":" + std::to_string(problem.column);
        texts.push_back(where + ": " + problem.reason + "; the file is left out");
    }
    if (world.observer != nullptr) {
        const auto status = world.observer->status();
        texts.insert(texts.end(), status.degraded.begin(), status.degraded.end());
    }
    return texts;
}

} // namespace envfix::service
