#include "service/machine_packages.hpp"

#include "apply/record.hpp"
#include "base/as_values.hpp"
#include "base/printable.hpp"
#include "checks/checks.hpp"
#include "model/plan_steps.hpp"
#include "remedy/proof.hpp"
#include "remedy/system_command.hpp"
#include "service/installers.hpp"
#include "service/system_fix.hpp"

#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

namespace envfix::service {

namespace {

using namespace std::chrono_literals;

constexpr const char* k_step = "system-packages";
constexpr std::string_view k_apt = "sudo apt-get ";
constexpr auto k_versions_within = 2s;
constexpr auto k_begin_within = 150s; ///< somebody has to find his password
constexpr auto k_answer_within = 10s;
constexpr auto k_look_every = 500ms;
constexpr auto k_over_within = 30min; ///< its own limits are shorter
constexpr auto k_away_at_most = 3min; ///< it may be started anew meanwhile

std::string joined(const std::vector<model::PackageVersion>& packages)
{
    std::string text;
    for (const auto& package : packages) text += (text.empty() ? "" : ", ") + package.name + " " + package.version;
    return text;
}

std::string joined(const std::vector<std::string>& texts)
{
    std::string text;
    for (const auto& each : texts) text += (text.empty() ? "" : ", ") + each;
    return text;
}

/// As the plan that was approved has them.
std::vector<model::PackageVersion> packages_of(const model::Rung& rung)
{
    std::vector<model::PackageVersion> packages;
    for (const auto& step : rung.steps) {
        for (const auto& change : step.changes) packages.push_back({.name = change.distribution, .version = change.to});
    }
    std::ranges::sort(packages, {}, &model::PackageVersion::name);
    const auto again = std::ranges::unique(packages);
    packages.erase(again.begin(), again.end());
    return packages;
}

/// What a person types instead.
std::string by_hand(const model::Rung& rung)
{
    return rung.steps.empty() || rung.steps.front().text.empty() ? std::string{} : "; by hand: " + rung.steps.front().text;
}

/// What was answered, held against what was asked.
Result<std::vector<model::PackageVersion>> checked(const model::Rung& rung, const Result<std::vector<model::PackageVersion>>& answer)
{
    if (!answer) return fail(answer.error());
    for (const auto& name : packages_to_ask_for(rung)) {
        const auto found = std::ranges::find(*answer, name, &model::PackageVersion::name);
        if (found == answer->end() || !apply::is_version(found->version)) {
            return fail(ErrorCode::malformed, "its answer names no version of " + name);
        }
    }
    return answer;
}

/// Why the machine's daemon does not do it, and how it could.
std::string reason_of(const Error& error)
{
    if (error.code == ErrorCode::not_found && error.message.starts_with("nobody is org.envfix1")) {
        return "the machine's envfix, which could do it, is not there; `sudo systemctl enable --now envfixd` starts it";
    }
    return "the machine's envfix does not do it: " + error.message;
}

bool is_passing(const Error& error)
{
    return error.code == ErrorCode::timed_out || error.code == ErrorCode::busy || error.code == ErrorCode::io ||
           (error.code == ErrorCode::not_found && error.message.starts_with("nobody is org.envfix1"));
}

/// Waits for the end of a run of the machine's daemon.
asio::awaitable<Result<model::Run>> end_of(World* world, std::string id)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    using std::chrono::steady_clock;
    const bus::Machine machine(world->loop);
    const auto until = steady_clock::now() + k_over_within;
    auto heard = steady_clock::now();
    asio::steady_timer timer(world->loop);
    for (;;) {
        auto run = co_await machine.run(id, k_answer_within);
        const auto now = steady_clock::now();
        if (run && run->state != model::RunState::running) co_return run;
        if (run) heard = now;
        if (!run && (!is_passing(run.error()) || now - heard >= k_away_at_most)) co_return fail(run.error());
        if (now >= until) co_return fail(ErrorCode::timed_out, "its run " + id + " does not end");
        timer.expires_after(k_look_every);
        const auto [error] = co_await timer.async_wait(k_as_values);
        if (error) co_return fail(ErrorCode::cancelled, "the daemon is stopping");
    }
}

MachineEnd not_done(std::string why)
{
    return {.end = {.state = model::RunState::failed, .summary = "nothing was changed", .proof = std::move(why)}, .installed = false};
}

/// Looks at the environment again, and imports what has to work in its own interpreter. Empty: all is well.
asio::awaitable<Result<std::string>> objection_after(World* world, model::Environment environment, model::Plan plan,
                                                     model::Findings before, probe::Request proof)
{
    const auto after = judge_environment(*world, environment);
    const auto found = checks::run_all(after.snapshot, world->configuration.chain);
    auto why = remedy::objection(plan.findings, before, found);
    if (!why.empty()) co_return why;
    const auto said = co_await probe::run(proof);
    if (!said) {
        if (said.error().code == ErrorCode::cancelled) co_return fail(said.error());
        co_return said.error().message;
    }
    co_return remedy::objection(*said);
}

std::string proof_text(const model::Plan& plan, const probe::Request& proof)
{
    std::string imports;
    for (const auto& link : proof.links) {
        if (!link.imports.empty()) imports += (imports.empty() ? "" : ", ") + link.distribution;
    }
    auto text = joined(plan.findings) + (plan.findings.size() == 1 ? " is" : " are") + " gone and no finding is new";
    if (!imports.empty()) text += "; " + imports + " imported by " + proof.executable;
    if (!proof.verify_command.empty()) text += "; " + proof.verify_command.front() + " ended well";
    return text;
}

} // namespace

std::vector<std::string> packages_to_ask_for(const model::Rung& rung)
{
    if (!rung.unavailable.empty()) return {};
    std::set<std::string> names;
    for (const auto& step : rung.steps) {
        // A rung is done as a whole, or not at all; other package managers the machine's daemon does not know.
        if (step.kind != model::StepKind::system_packages || !step.text.starts_with(k_apt)) return {};
        for (const auto& change : step.changes) names.insert(change.distribution);
    }
    if (!std::ranges::all_of(names, apply::is_package_name)) return {};
    return {names.begin(), names.end()};
}

void note_versions(model::Rung& rung, const Result<std::vector<model::PackageVersion>>& answer)
{
    const auto versions = checked(rung, answer);
    for (auto& step : rung.steps) {
        if (!versions) {
            step.text = reason_of(versions.error()) + ". By hand:\n  " + step.text;
            continue;
        }
        std::vector<std::string> words;
        for (auto& change : step.changes) {
            const auto& found = *std::ranges::find(*versions, change.distribution, &model::PackageVersion::name);
            change.from = found.version;
            change.to = found.version;
            words.push_back("apt:" + apply::in_one_word({.name = found.name, .version = found.version}));
        }
        for (const auto& command : remedy::system_commands(words)) step.text = command.line;
    }
}

bool hands_over_packages(const model::Plan& plan)
{
    return std::ranges::any_of(plan.ladder, [](const model::Rung& rung) {
        return rung.unavailable.empty() && std::ranges::any_of(rung.steps, [](const model::Step& step) {
            return step.kind == model::StepKind::system_packages && model::is_for_a_person(step);
        });
    });
}

asio::awaitable<Result<std::vector<model::Rung>>> ask_machine(World* world, std::vector<model::Rung> rungs)
{
    std::set<std::string> all;
    for (const auto& rung : rungs) {
        for (auto& name : packages_to_ask_for(rung)) all.insert(std::move(name));
    }
    if (all.empty()) co_return rungs;
    const bus::Machine machine(world->loop);
    std::vector<std::string> names(all.begin(), all.end());
    const auto answer = co_await machine.versions(names, k_versions_within);
    if (!answer && answer.error().code == ErrorCode::cancelled) co_return fail(answer.error());
    for (auto& rung : rungs) {
        const auto its = packages_to_ask_for(rung);
        if (its.empty()) continue;
        if (answer || its.size() == names.size() || is_passing(answer.error())) {
            note_versions(rung, answer);
            continue;
        }
        // One package that may not be asked for is no reason against a rung that does without it.
        const auto own = co_await machine.versions(its, k_versions_within);
        if (!own && own.error().code == ErrorCode::cancelled) co_return fail(own.error());
        note_versions(rung, own);
    }
    co_return rungs;
}

asio::awaitable<Result<MachineEnd>> fix_by_machine(World* world, model::Environment environment, model::Plan plan, std::size_t rung,
                                                   probe::Request proof, std::function<void(const model::RunEvent&)> tell)
{
    const auto say = [&tell](const char* step, const std::string& text) {
        tell({.at_ms = wall_clock_ms(), .step = step, .text = text});
    };
    const auto& asked = plan.ladder[rung];
    const auto packages = packages_of(asked);
    if (const auto installer = installer_at_work(*world, environment)) {
        co_return fail(ErrorCode::busy, *installer + " works in " + environment.path);
    }
    const auto before = judge_environment(*world, environment);
    if (before.report.fingerprint != plan.fingerprint) {
        co_return fail(ErrorCode::plan_changed, plan.environment_path + " has changed since the plan was made");
    }
    auto findings = checks::run_all(before.snapshot, world->configuration.chain);
    say(k_step, "the machine's envfix is asked to install " + joined(packages));
    const bus::Machine machine(world->loop);
    const auto begun = co_await machine.install(packages, k_begin_within);
    if (!begun) {
        if (begun.error().code == ErrorCode::cancelled) co_return fail(begun.error());
        auto why = "the machine's envfix did not install " + joined(packages) + ": " + begun.error().message + by_hand(asked);
        say(k_step, why);
        co_return not_done(std::move(why));
    }
    say(k_step, "it does so in its run " + *begun + " (envfixctl --system history)");
    const auto ended = co_await end_of(world, *begun);
    if (!ended) {
        if (ended.error().code == ErrorCode::cancelled) co_return fail(ended.error());
        auto why = "what became of run " + *begun + " of the machine's envfix is not known: " + ended.error().message +
                   "; `envfixctl --system history` tells it";
        say(k_step, why);
        co_return not_done(std::move(why));
    }
    if (ended->state != model::RunState::fixed) {
        auto why = "the machine's envfix could not install " + joined(packages) + ": " + ended->proof + by_hand(asked);
        say(k_step, why);
        co_return not_done(std::move(why));
    }
    MachineEnd done{.end = {.state = model::RunState::failed,
                            .summary = joined(packages) + " installed again by the machine's envfix (its run " + *begun + ")",
                            .proof = {}},
                    .installed = true};
    const auto why = co_await objection_after(world, environment, plan, std::move(findings), proof);
    if (!why) co_return fail(why.error());
    if (why->empty()) {
        done.end.state = model::RunState::fixed;
        done.end.proof = proof_text(plan, proof);
    } else {
        done.end.summary += "; it did not help";
        done.end.proof = *why + "; the packages stay as they are installed now";
    }
    say("proof", done.end.proof);
    co_return done;
}

} // namespace envfix::service
