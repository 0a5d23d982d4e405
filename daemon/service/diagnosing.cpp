#include "service/diagnosing.hpp"

#include "app/symptoms.hpp"
#include "inventory/command.hpp"
#include "inventory/inventory.hpp"
#include "inventory/named.hpp"
#include "symptoms/decide.hpp"

#include <asio/co_spawn.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace envfix::service {

namespace {

using symptoms::Reading;

Result<Reading> reading_of(const std::string& text, const std::vector<std::string>& config_dirs)
{
    ENVFIX_TRY(const auto tree, fs::Tree::open());
    return app::load_symptoms(tree, config_dirs).read(text);
}

asio::awaitable<Result<Reading>> read(std::string text, std::vector<std::string> config_dirs)
{
    co_return reading_of(text, config_dirs);
}

/// Compiling the patterns and reading megabytes would hold up the loop.
asio::awaitable<Result<Reading>> read_on_pool(World& world, std::string text)
{
    auto reading = read(std::move(text), world.surroundings.config_dirs);
    auto read = co_await asio::co_spawn(world.pool, std::move(reading), asio::use_awaitable);
    co_return read;
}

model::EnvironmentReport report_of(World& world, Judging& judging, const model::Environment& environment)
{
    if (world.catalogue.find(environment.id) != nullptr) {
        auto judged = judging.judge_now(environment.id, false);
        if (judged) return std::move(judged->report);
    }
    return judge_environment(world, environment).report;
}

std::vector<std::string> absolute_entries(std::string_view list)
{
    std::vector<std::string> entries;
    while (!list.empty()) {
        const auto end = list.find(':');
        const auto entry = list.substr(0, end);
        if (entry.starts_with('/')) entries.emplace_back(entry);
        if (end == std::string_view::npos) break;
        list.remove_prefix(end + 1);
    }
    return entries;
}

std::optional<model::EnvironmentReport> environment_of(World& world, Judging& judging, const model::CommandContext& command)
{
    const auto python = inventory::interpreter_of_command(world.tree, command);
    if (!python) return std::nullopt;
    auto places = places_of(world);
    places.path = command.path;
    const auto located = inventory::locate(world.tree, *python, places);
    if (!located || located->empty()) return std::nullopt;
    auto entries = absolute_entries(command.python_path);
    if (entries.empty()) return report_of(world, judging, located->front());
    const model::PathSetting setting{
        .variable = "PYTHONPATH", .entries = std::move(entries), .declared_by = "the command's environment"};
    return judge_environment(world, located->front(), {setting}).report;
}

/// The environments that the text names, each judged in its turn: others get theirs between two of them.
asio::awaitable<std::vector<model::EnvironmentReport>> named_by(World& world, Judging& judging,
                                                                std::vector<model::NamedPlace> named)
{
    std::vector<model::EnvironmentReport> reports;
    const auto environments = inventory::environments_at(world.tree, named, places_of(world));
    for (const auto& environment : environments) {
        co_await asio::post(world.loop, asio::use_awaitable);
        reports.push_back(report_of(world, judging, environment));
    }
    co_return reports;
}

} // namespace

asio::awaitable<void> diagnose_text(World& world, Judging& judging, std::string text, bus::Done<std::vector<model::Cause>> done)
{
    auto reading = co_await read_on_pool(world, std::move(text));
    if (!reading) {
        done(fail(reading.error()));
        co_return;
    }
    const auto reports = co_await named_by(world, judging, reading->places);
    done(symptoms::decide(std::move(reading->causes), reports));
}

asio::awaitable<void> diagnose_command(World& world, Judging& judging, std::string text, model::CommandContext command,
                                       bus::Done<model::CommandDiagnosis> done)
{
    auto reading = co_await read_on_pool(world, std::move(text));
    if (!reading) {
        done(fail(reading.error()));
        co_return;
    }
    auto reports = co_await named_by(world, judging, reading->places);
    model::CommandDiagnosis diagnosis;
    if (const auto report = environment_of(world, judging, command)) {
        // What the command used comes first, whatever else the text names.
        std::erase_if(reports, [&](const model::EnvironmentReport& other) { return other.id == report->id; });
        reports.insert(reports.begin(), *report);
        diagnosis.environment = report->path;
    }
    diagnosis.causes = symptoms::decide(std::move(reading->causes), reports);
    done(std::move(diagnosis));
}

} // namespace envfix::service
