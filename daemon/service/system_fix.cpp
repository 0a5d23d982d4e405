#include "service/system_fix.hpp"

#include "apply/record.hpp"
#include "base/as_values.hpp"
#include "base/printable.hpp"
#include "fs/write_tree.hpp"

#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <pwd.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

namespace envfix::service {

namespace {

using namespace std::chrono_literals;

constexpr auto k_answer_within = 30s;
constexpr auto k_look_every = 200ms;
constexpr auto k_over_within = 25min; ///< the unit's own limit is shorter

template <typename T> using Answered = std::function<void(Result<T>)>;

/// Waits for an answer that comes over the bus.
template <typename T> asio::awaitable<Result<T>> answer_to(asio::any_io_executor executor, std::function<void(Answered<T>)> ask)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    struct Box {
        explicit Box(const asio::any_io_executor& loop) : timer(loop) {}
        asio::steady_timer timer;
        std::optional<Result<T>> value;
    };
    const auto box = std::make_shared<Box>(executor);
    box->timer.expires_after(k_answer_within);
    ask([box](Result<T> value) {
        box->value = std::move(value);
        box->timer.cancel();
    });
    if (!box->value) co_await box->timer.async_wait(k_as_values);
    if (!box->value) co_return fail(ErrorCode::timed_out, "systemd does not answer");
    co_return *std::move(box->value);
}

asio::awaitable<Result<bus::UnitState>> end_of_unit(World* world, std::string unit)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto until = std::chrono::steady_clock::now() + k_over_within;
    asio::steady_timer timer(world->loop);
    while (std::chrono::steady_clock::now() < until) {
        std::function<void(Answered<bus::UnitState>)> ask = [world, unit](Answered<bus::UnitState> done) {
            world->bus->units().state(unit, std::move(done));
        };
        auto state = co_await answer_to<bus::UnitState>(world->loop, std::move(ask));
        if (!state || state->is_over()) co_return state;
        timer.expires_after(k_look_every);
        const auto [error] = co_await timer.async_wait(k_as_values);
        if (error) co_return fail(ErrorCode::cancelled, "the daemon is stopping; " + unit + " goes on");
    }
    co_return fail(ErrorCode::timed_out, unit + " does not end");
}

/// Has the root helper install these packages (apply/record.hpp), and gives what it wrote down.
asio::awaitable<Result<apply::Outcome>> install(World* world, apply::Record record)
{
    const auto bytes = apply::write_record(record);
    // What the helper would refuse is not asked of it: a plan that an older daemon made names no versions.
    if (const auto read = apply::parse_record(bytes); !read) co_return fail(read.error());
    const std::string records(apply::k_record_folder);
    if (auto made = fs::make_private_directories(records); !made) co_return fail(made.error());
    ENVFIX_CO_TRY(const auto folder, fs::WriteTree::open(records));
    if (auto put = folder.write_file(record.transaction, bytes, 0600); !put) co_return fail(put.error());

    const auto unit = "envfix-apply@" + record.transaction + ".service";
    std::function<void(Answered<void>)> start = [world, unit](Answered<void> done) {
        world->bus->units().start(unit, std::move(done));
    };
    const auto started = co_await answer_to<void>(world->loop, std::move(start));
    Result<bus::UnitState> ended = fail(ErrorCode::denied, "not started");
    if (started) ended = co_await end_of_unit(world, unit);
    const auto removed = folder.remove_file(record.transaction);
    if (!removed) spdlog::warn("{}", escape_untrusted(removed.error().message));
    if (!started) co_return fail(started.error());
    if (!ended) co_return fail(ended.error());

    const auto path = std::string(apply::k_result_folder) + "/" + record.transaction;
    const auto written = world->tree.read(path, apply::k_record_cap);
    // What is left active would be there until the next boot, and its name with it.
    const Answered<void> ignored = [](const Result<void>& stopped) {
        if (!stopped) spdlog::debug("{}", escape_untrusted(stopped.error().message));
    };
    if (ended->active == "active") world->bus->units().stop(unit, ignored);
    if (!written) {
        co_return fail(ErrorCode::io, unit + " ended (" + ended->active + ", " + ended->result + ") without a result: " +
                                          written.error().message);
    }
    ENVFIX_CO_TRY(auto outcome, apply::parse_outcome(*written));
    // The file and systemd have to agree: the one says what happened, the other that it was the helper that ended so.
    if (outcome.status == 0 && !ended->went_well()) co_return fail(ErrorCode::io, unit + " failed: " + ended->result);
    co_return outcome;
}

/// As the plan that was approved has them.
std::vector<apply::Package> packages_of(const model::Rung& rung)
{
    std::map<std::string, std::string> versions;
    for (const auto& step : rung.steps) {
        if (step.kind != model::StepKind::system_packages) continue;
        for (const auto& change : step.changes) versions.emplace(change.distribution, change.to);
    }
    std::vector<apply::Package> packages;
    for (const auto& [name, version] : versions) packages.push_back({.name = name, .version = version});
    return packages;
}

std::string joined(const std::vector<std::string>& texts)
{
    std::string text;
    for (const auto& each : texts) text += (text.empty() ? "" : ", ") + each;
    return text;
}

std::string joined(const std::vector<apply::Package>& packages)
{
    std::string text;
    for (const auto& package : packages) text += (text.empty() ? "" : ", ") + package.name + " " + package.version;
    return text;
}

std::string last_line(std::string_view text)
{
    while (text.ends_with('\n')) text.remove_suffix(1);
    const auto start = text.rfind('\n');
    return std::string(start == std::string_view::npos ? text : text.substr(start + 1));
}

std::set<std::string> errors_in(const model::Findings& findings)
{
    std::set<std::string> codes;
    for (const auto& finding : findings) {
        if (finding.severity == model::Severity::error) codes.insert(finding.code);
    }
    return codes;
}

/// What the disk says after a rung: empty where all is gone that the plan is about, and nothing has come.
std::string still_wrong(const app::Judgement& before, const app::Judgement& after, const model::Plan& plan)
{
    for (const auto& finding : after.findings) {
        if (std::ranges::find(plan.findings, finding.code) != plan.findings.end()) return finding.code + " is still there";
    }
    const auto old = errors_in(before.findings);
    for (const auto& code : errors_in(after.findings)) {
        if (!old.contains(code)) return code + " is there now";
    }
    return after.report.state == model::EnvironmentState::unverifiable ? "it cannot be looked at any more" : std::string{};
}

} // namespace

bool is_system(const World& world)
{
    return world.surroundings.instance == app::Instance::system;
}

std::string name_of_user(uid_t uid)
{
    const auto* entry = ::getpwuid(uid);
    return entry != nullptr && entry->pw_name != nullptr && *entry->pw_name != '\0' ? std::string(entry->pw_name)
                                                                                   : std::to_string(uid);
}

std::vector<std::vector<model::StepTemplate>> ladder_here(const World& world, std::vector<std::vector<model::StepTemplate>> ladder)
{
    if (!is_system(world)) return ladder;
    std::erase_if(ladder, [](const std::vector<model::StepTemplate>& rung) {
        return std::ranges::any_of(rung, [](const model::StepTemplate& step) {
            return step.kind != model::StepKind::system_packages && step.kind != model::StepKind::advise;
        });
    });
    return ladder;
}

asio::awaitable<Result<SystemFix>> fix_system(World* world, model::Environment environment, model::Plan plan,
                                              std::function<void(const model::RunEvent&)> tell)
{
    const auto say = [&tell](const std::string& text) {
        tell({.at_ms = wall_clock_ms(), .step = "system-packages", .text = text});
    };
    const auto before = judge_environment(*world, environment);
    if (before.report.fingerprint != plan.fingerprint) {
        co_return fail(ErrorCode::plan_changed, "the environment has changed since the plan was made");
    }
    SystemFix fix{.state = model::RunState::failed, .summary = "nothing of the plan helped", .proof = "no step could be tried"};
    for (const auto& rung : plan.ladder) {
        const auto packages = packages_of(rung);
        if (packages.empty() || !rung.unavailable.empty()) continue;
        apply::Record record{.transaction = new_run_id(), .packages = packages};
        say("apt-get installs " + joined(packages) + " (envfix-apply@" + record.transaction + ".service)");
        const auto outcome = co_await install(world, std::move(record));
        if (!outcome && outcome.error().code == ErrorCode::cancelled) co_return fail(outcome.error());
        if (!outcome || outcome->status != 0) {
            fix.proof = outcome ? "apt-get failed: " + last_line(outcome->text) : outcome.error().message;
            say(fix.proof);
            continue;
        }
        const auto after = judge_environment(*world, environment);
        const auto wrong = still_wrong(before, after, plan);
        if (!wrong.empty()) {
            fix.proof = "apt-get installed " + joined(packages) + ", but " + wrong;
            say(fix.proof);
            continue;
        }
        fix.state = model::RunState::fixed;
        fix.summary = joined(packages) + " installed again by apt-get";
        fix.proof = "read again from the disk: " + joined(plan.findings) + " gone; no interpreter was started";
        break;
    }
    co_return fix;
}

} // namespace envfix::service
