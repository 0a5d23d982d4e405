// Packages of the system: in the machine's daemon for others, a run without an environment; in a user's one as a rung of a plan.
#include "base/printable.hpp"
#include "model/plan_steps.hpp"
#include "service/chronicle.hpp"
#include "service/machine_packages.hpp"
#include "service/running.hpp"
#include "service/system_fix.hpp"

#include <asio/this_coro.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace envfix::service {

namespace {

constexpr const char* k_no_environment = ""; ///< as plan_of_packages() has it

/// The rungs from `first` on that are of the same kind.
std::size_t end_of_kind(const std::vector<model::Rung>& ladder, std::size_t first)
{
    if (model::is_for_the_machine(ladder[first])) return first + 1;
    const auto next = std::find_if(ladder.begin() + static_cast<std::ptrdiff_t>(first), ladder.end(), model::is_for_the_machine);
    return static_cast<std::size_t>(next - ladder.begin());
}

/// Whether another rung may be tried after this: the environment is as the plan has it, and nobody stops us.
bool may_go_on(const Result<remedy::RepairEnd>& ended)
{
    if (ended) return ended->state == model::RunState::failed || ended->state == model::RunState::reverted;
    return ended.error().code != ErrorCode::busy && ended.error().code != ErrorCode::plan_changed &&
           ended.error().code != ErrorCode::cancelled;
}

/// What two rungs came to that did not help, the later one first.
remedy::RepairEnd both(const remedy::RepairEnd& earlier, const Result<remedy::RepairEnd>& later)
{
    remedy::RepairEnd end = earlier;
    if (later && later->state == model::RunState::reverted) end.state = later->state;
    const auto& why = later ? later->proof : later.error().message;
    if (!why.empty()) end.proof = end.proof.empty() ? why : why + "; before that: " + end.proof;
    return end;
}

} // namespace

asio::awaitable<Result<remedy::RepairEnd>> Running::climb(model::Environment environment, remedy::RepairRequest request,
                                                          remedy::RepairPorts ports)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    auto* log = &m_world.transactions;
    auto* store = &m_world.store;
    const auto ladder = request.plan.ladder;
    if (std::ranges::none_of(ladder, model::is_for_the_machine)) {
        const auto ended = co_await remedy::repair(std::move(request), std::move(ports), log, store);
        co_return ended;
    }
    remedy::RepairEnd so_far{.state = model::RunState::failed, .summary = "nothing was changed", .proof = {}};
    for (std::size_t first = 0; first < ladder.size();) {
        const auto last = end_of_kind(ladder, first);
        Result<remedy::RepairEnd> ended;
        if (model::is_for_the_machine(ladder[first])) {
            auto proof = request.proof;
            const auto done = co_await fix_by_machine(&m_world, environment, request.plan, first, std::move(proof), ports.tell);
            if (!done) co_return fail(done.error());
            if (done->installed) co_return done->end; // what it changed stays: the plan is of another environment from here on
            ended = done->end;
        } else {
            auto part = request;
            part.first = first;
            part.last = last;
            auto its_ports = ports;
            ended = co_await remedy::repair(std::move(part), std::move(its_ports), log, store);
        }
        const auto state = co_await asio::this_coro::cancellation_state;
        if (!may_go_on(ended) || state.cancelled() != asio::cancellation_type::none) co_return ended;
        so_far = both(so_far, ended);
        first = last;
    }
    co_return so_far;
}

Result<std::string> Running::install(const std::vector<model::PackageVersion>& packages, const bus::Caller& caller)
{
    // One at a time on the whole machine. First of all: of a package that is at work dpkg says that it is not installed.
    if (!m_judging->queue().begin_fix(k_no_environment)) {
        return fail(ErrorCode::busy, "the machine's daemon is at work on another fix; try again when it has ended");
    }
    auto begun = begin_install(packages, caller);
    if (!begun) m_judging->queue().end_fix(k_no_environment);
    return begun;
}

Result<std::string> Running::begin_install(const std::vector<model::PackageVersion>& packages, const bus::Caller& caller)
{
    ENVFIX_TRY(const auto wanted, as_installed(m_world.tree, packages));
    if (const auto held = held_for_system(m_world.catalogue, wall_clock_s()); !held.empty()) return fail(ErrorCode::held, held);
    auto plan = plan_of_packages(wanted, wall_clock_s());
    const auto by = by_of(caller, m_world);
    if (!m_allowance.take(caller.uid, boot_clock_s())) {
        return fail(ErrorCode::busy, by + " had packages installed " + std::to_string(PackageAllowance::k_a_day) +
                                         " times within a day, which is the most");
    }
    model::Run run{.id = new_run_id(),
                   .plan_id = plan.id,
                   .environment_path = plan.environment_path,
                   .approved_by = by,
                   .started_s = wall_clock_s(),
                   .events = {{.at_ms = wall_clock_ms(), .step = "approval", .text = "asked for by " + by + ", allowed by polkit"}}};
    const auto not_written = [](const Error& error) {
        return fail(error.code, "that it was asked for cannot be written down, nothing was done: " + error.message);
    };
    if (const auto added = m_world.plans.add(m_world.journal, plan); !added) return not_written(added.error());
    const auto begun = m_world.plans.begin(m_world.journal, run);
    if (!begun) {
        m_planning.set_state(plan, model::PlanState::stale, "it could not be begun");
        return not_written(begun.error());
    }
    plan = *begun;
    m_world.bus->plan_changed(plan);
    record(Event::run_started, "packages of the system are installed again, asked for by " + by, about(run));
    m_world.bus->run_changed(run);
    auto id = run.id;
    m_world.tasks->start("fix", install_asked(std::move(plan), std::move(run)));
    return id;
}

asio::awaitable<void> Running::install_asked(model::Plan plan, model::Run run)
{
    const auto ended = co_await service::install_asked(&m_world, plan, run.id, telling(run.id));
    if (!ended && ended.error().code == ErrorCode::cancelled) co_return; // it goes on, and the next start finds out
    conclude(ended, std::move(plan), std::move(run));
}

asio::awaitable<void> Running::wait_for_install(Interrupted interrupted)
{
    const auto ended = co_await end_interrupted_install(&m_world, interrupted.plan, interrupted.run, telling(interrupted.run.id));
    if (!ended && ended.error().code == ErrorCode::cancelled) co_return;
    conclude(ended, std::move(interrupted.plan), std::move(interrupted.run));
}

} // namespace envfix::service
