#include "service/diagnosing.hpp"

#include "app/symptoms.hpp"
#include "inventory/command.hpp"
#include "inventory/inventory.hpp"

#include <asio/co_spawn.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace envfix::service {

namespace {

using Causes = std::vector<model::Cause>;

Result<Causes> causes_in(const std::string& text, const std::vector<std::string>& config_dirs)
{
    ENVFIX_TRY(const auto tree, fs::Tree::open());
    return app::load_symptoms(tree, config_dirs).diagnose(text);
}

asio::awaitable<Result<Causes>> read(std::string text, std::vector<std::string> config_dirs)
{
    co_return causes_in(text, config_dirs);
}

/// Compiling the patterns and reading megabytes would hold up the loop.
asio::awaitable<Result<Causes>> read_on_pool(World& world, std::string text)
{
    auto reading = read(std::move(text), world.surroundings.config_dirs);
    auto causes = co_await asio::co_spawn(world.pool, std::move(reading), asio::use_awaitable);
    co_return causes;
}

std::optional<model::EnvironmentReport> environment_of(World& world, Judging& judging, const model::CommandContext& command)
{
    const auto python = inventory::interpreter_of_command(world.tree, command);
    if (!python) return std::nullopt;
    auto places = places_of(world);
    places.path = command.path;
    const auto located = inventory::locate(world.tree, *python, places);
    if (!located || located->empty()) return std::nullopt;
    const auto& environment = located->front();
    if (world.catalogue.find(environment.id) != nullptr) {
        auto judged = judging.judge_now(environment.id, false);
        if (judged) return std::move(judged->report);
    }
    return judge_environment(world, environment).report;
}

/// What the text says and the disk shows, too, is certain, and comes first.
void confirm(Causes& causes, const model::EnvironmentReport& report)
{
    for (auto& cause : causes) {
        const auto finding = std::ranges::find(report.findings, cause.code, &model::Finding::code);
        if (finding == report.findings.end()) continue;
        cause.confidence = "certain";
        cause.explanation = finding->summary;
        if (!finding->remedies.empty()) cause.remedies = finding->remedies;
    }
    std::ranges::stable_partition(causes, [](const model::Cause& cause) { return cause.confidence == "certain"; });
}

} // namespace

asio::awaitable<void> diagnose_text(World& world, std::string text, bus::Done<std::vector<model::Cause>> done)
{
    auto causes = co_await read_on_pool(world, std::move(text));
    done(std::move(causes));
}

asio::awaitable<void> diagnose_command(World& world, Judging& judging, std::string text, model::CommandContext command,
                                       bus::Done<model::CommandDiagnosis> done)
{
    auto causes = co_await read_on_pool(world, std::move(text));
    if (!causes) {
        done(fail(causes.error()));
        co_return;
    }
    model::CommandDiagnosis diagnosis{.causes = *std::move(causes), .environment = {}};
    if (const auto report = environment_of(world, judging, command)) {
        confirm(diagnosis.causes, *report);
        diagnosis.environment = report->path;
    }
    done(std::move(diagnosis));
}

} // namespace envfix::service
