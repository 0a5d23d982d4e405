#include "remedy/resolve.hpp"

#include "remedy/adopted.hpp"
#include "remedy/create.hpp"
#include "remedy/recreate.hpp"
#include "remedy/step_resolver.hpp"
#include "remedy/system_command.hpp"
#include "remedy/target.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace envfix::remedy {

namespace {

/// A rung of which nothing could be worked out, for display.
model::Rung unresolved(const std::vector<model::StepTemplate>& templates, const std::string& why)
{
    model::Rung rung;
    bool only_advice = true;
    for (const auto& step : templates) {
        model::Step made;
        made.kind = step.kind;
        made.text = step.text;
        for (const auto& name : step.distributions) {
            made.changes.push_back(
                {.distribution = name, .from = {}, .to = {}, .source = {}, .sha256 = {}});
        }
        only_advice = only_advice && step.kind == model::StepKind::advise;
        rung.steps.push_back(std::move(made));
    }
    if (!only_advice) rung.unavailable = why;
    return rung;
}

bool has_work(const model::Rung& rung)
{
    return std::ranges::any_of(rung.steps, [](const model::Step& step) {
        return !step.changes.empty() || !step.paths.empty() || step.kind == model::StepKind::advise;
    });
}

bool is_whole(const std::vector<model::StepTemplate>& templates)
{
    return std::ranges::any_of(templates, [](const model::StepTemplate& step) {
        return step.kind == model::StepKind::venv_recreate ||
               step.kind == model::StepKind::venv_create;
    });
}

/// Packages of the system are the same whatever environment asks for them.
bool is_for_system(const std::vector<model::StepTemplate>& templates)
{
    return std::ranges::all_of(templates, [](const model::StepTemplate& step) {
        return step.kind == model::StepKind::system_packages;
    });
}

model::Rung system_rung(const std::vector<model::StepTemplate>& templates)
{
    model::Rung rung;
    for (const auto& wanted : templates) {
        model::Step made;
        made.kind = wanted.kind;
        if (const auto added = add_system_command(wanted, made); !added && rung.unavailable.empty())
            rung.unavailable = added.error().message;
        rung.steps.push_back(std::move(made));
    }
    return rung;
}

RecreateRequest recreate_request(const ResolveRequest& request, const model::StepTemplate& step)
{
    return {.venv = request.snapshot.environment.path,
            .pythons = step.pythons,
            .interpreters = request.interpreters,
            .isolated = step.isolated,
            .adopted = step.isolated ? adopted_by(request.snapshot) : std::vector<Adopted>(),
            .settings = request.settings,
            .surroundings = request.surroundings};
}

CreateRequest create_request(const ResolveRequest& request, const model::StepTemplate& step)
{
    return {.project = request.snapshot.environment.path,
            .pythons = step.pythons,
            .interpreters = request.interpreters,
            .requirements = request.snapshot.requirements,
            .settings = request.settings,
            .surroundings = request.surroundings};
}

/// Why an environment of this kind cannot be made, or made again; empty: it can.
std::string why_not_whole(const model::Environment& environment, model::StepKind step)
{
    using model::EnvironmentKind;
    if (step == model::StepKind::venv_create) {
        return environment.kind == EnvironmentKind::project
                   ? ""
                   : environment.path + " is no project without an environment";
    }
    const bool is_venv =
        environment.kind == EnvironmentKind::venv || environment.kind == EnvironmentKind::pipx;
    return is_venv ? "" : environment.path + " is no venv that could be made again";
}

/// A rung that makes the whole environment, or makes it again.
asio::awaitable<Result<model::Rung>> whole_rung(ResolveRequest request,
                                                std::vector<model::StepTemplate> templates,
                                                Store* store)
{
    const auto wanted = templates.front();
    if (const auto why = why_not_whole(request.snapshot.environment, wanted.kind); !why.empty())
        co_return unresolved(templates, why);
    Result<model::Step> step;
    if (wanted.kind == model::StepKind::venv_create) {
        auto asked = create_request(request, wanted);
        step = co_await plan_create(std::move(asked));
    } else {
        auto asked = recreate_request(request, wanted);
        step = co_await plan_recreate(std::move(asked), store);
    }
    if (!step && step.error().code == ErrorCode::cancelled) co_return fail(step.error());
    if (!step) co_return unresolved(templates, step.error().message);
    model::Rung rung;
    rung.steps.push_back(*std::move(step));
    co_return rung;
}

} // namespace

asio::awaitable<Result<std::vector<model::Rung>>> resolve(ResolveRequest request, Store* store)
{
    std::vector<model::Rung> rungs;
    const auto ladder = request.ladder;
    const auto target = target_of(request.snapshot, request.allow_externally_managed);
    auto root =
        target ? fs::WriteTree::open(target->root) : Result<fs::WriteTree>(fail(target.error()));
    std::optional<StepResolver> resolver;
    if (root) {
        resolver.emplace(StepResolver::Ground{.snapshot = request.snapshot,
                                              .settings = request.settings,
                                              .surroundings = request.surroundings,
                                              .target = *target},
                         store, *std::move(root));
    }
    for (const auto& templates : ladder) {
        if (is_whole(templates)) {
            auto rung = co_await whole_rung(request, templates, store);
            if (!rung) co_return fail(rung.error());
            rungs.push_back(*std::move(rung));
            continue;
        }
        if (is_for_system(templates)) {
            rungs.push_back(system_rung(templates));
            continue;
        }
        if (!resolver) {
            const auto& error = target ? root.error() : target.error();
            rungs.push_back(unresolved(templates, error.message));
            continue;
        }
        model::Rung rung;
        for (const auto& wanted : templates) {
            auto step = co_await resolver->step(wanted, &rung.unavailable);
            if (!step) co_return fail(step.error());
            rung.steps.push_back(*std::move(step));
        }
        if (rung.unavailable.empty() && !has_work(rung))
            rung.unavailable = "there is nothing here that it would change";
        rungs.push_back(std::move(rung));
    }
    co_return rungs;
}

} // namespace envfix::remedy
