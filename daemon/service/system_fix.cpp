#include "service/system_fix.hpp"

#include "apply/record.hpp"
#include "base/sha256.hpp"
#include "service/apply_unit.hpp"

#include <pwd.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace envfix::service {

namespace {

constexpr const char* k_step = "system-packages";
constexpr const char* k_no_word = "the daemon was away, and apt-get left no word of how it ended: ";

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

/// What the disk says after a rung: empty where all is gone that the plan is about, and nothing has come. `before`: null where
/// nobody remembers.
std::string still_wrong(const app::Judgement* before, const app::Judgement& after, const model::Plan& plan)
{
    for (const auto& finding : after.findings) {
        if (std::ranges::find(plan.findings, finding.code) != plan.findings.end()) return finding.code + " is still there";
    }
    const auto now = errors_in(after.findings);
    const auto old = before == nullptr ? now : errors_in(before->findings);
    for (const auto& code : now) {
        if (!old.contains(code)) return code + " is there now";
    }
    return after.report.state == model::EnvironmentState::unverifiable ? "it cannot be looked at any more" : std::string{};
}

/// The proof is there.
SystemFix kept(const std::vector<apply::Package>& packages, const model::Plan& plan)
{
    return {.state = model::RunState::fixed,
            .summary = joined(packages) + " installed again by apt-get",
            .proof = "read again from the disk: " + joined(plan.findings) + " gone; no interpreter was started"};
}

/// What apt-get says of packages that somebody else asked for.
SystemFix end_of_asked(const std::vector<apply::Package>& packages, const apply::Outcome& outcome)
{
    if (outcome.status != 0) {
        return {.state = model::RunState::failed, .summary = "nothing is known to have been installed", .proof = "apt-get failed: " + last_line(outcome.text)};
    }
    return {.state = model::RunState::fixed,
            .summary = joined(packages) + " installed again by apt-get",
            .proof = "apt-get ended well; whoever asked for them proves it where they are used"};
}

HelperPorts ports_of(World& world)
{
    HelperPorts ports;
    ports.loop = world.loop;
    ports.tree = &world.tree;
    ports.start = [&world](const std::string& unit, auto done) { world.bus->units().start(unit, std::move(done)); };
    ports.stop = [&world](const std::string& unit, auto done) { world.bus->units().stop(unit, std::move(done)); };
    ports.state = [&world](const std::string& unit, auto done) { world.bus->units().state(unit, std::move(done)); };
    return ports;
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

std::string transaction_of(const std::string& run_id, std::size_t rung)
{
    constexpr std::size_t k_size = 12;
    return sha256_hex(run_id + ":" + std::to_string(rung)).substr(0, k_size);
}

bool installs_for_system(const model::Plan& plan)
{
    return std::ranges::any_of(plan.ladder, [](const model::Rung& rung) {
        return rung.unavailable.empty() && !packages_of(rung).empty();
    });
}

asio::awaitable<Result<SystemFix>> fix_system(World* world, model::Environment environment, model::Plan plan, std::string run_id,
                                              std::function<void(const model::RunEvent&)> tell)
{
    const auto say = [&tell](const std::string& text) {
        tell({.at_ms = wall_clock_ms(), .step = k_step, .text = text});
    };
    const auto before = judge_environment(*world, environment);
    if (before.report.fingerprint != plan.fingerprint) {
        co_return fail(ErrorCode::plan_changed, "the environment has changed since the plan was made");
    }
    SystemFix fix{.state = model::RunState::failed, .summary = "nothing of the plan helped", .proof = "no step could be tried"};
    for (std::size_t i = 0; i < plan.ladder.size(); ++i) {
        const auto& rung = plan.ladder[i];
        const auto packages = packages_of(rung);
        if (packages.empty() || !rung.unavailable.empty()) continue;
        apply::Record record{.transaction = transaction_of(run_id, i), .packages = packages};
        say("apt-get installs " + joined(packages) + " (" + unit_of(record.transaction) + ")");
        auto ports = ports_of(*world);
        const auto outcome = co_await install(std::move(ports), std::move(record));
        if (!outcome && outcome.error().code == ErrorCode::cancelled) co_return fail(outcome.error());
        if (!outcome || outcome->status != 0) {
            fix.proof = outcome ? "apt-get failed: " + last_line(outcome->text) : outcome.error().message;
            say(fix.proof);
            continue;
        }
        const auto after = judge_environment(*world, environment);
        const auto wrong = still_wrong(&before, after, plan);
        if (!wrong.empty()) {
            fix.proof = "apt-get installed " + joined(packages) + ", but " + wrong;
            say(fix.proof);
            continue;
        }
        fix = kept(packages, plan);
        break;
    }
    co_return fix;
}

asio::awaitable<Result<SystemFix>> end_interrupted(World* world, model::Environment environment, model::Plan plan, model::Run run,
                                                   std::function<void(const model::RunEvent&)> tell)
{
    SystemFix not_begun{.state = model::RunState::reverted,
                        .summary = "interrupted before anything was changed",
                        .proof = "the daemon ended before apt-get was started"};
    if (std::ranges::find(run.events, k_step, &model::RunEvent::step) == run.events.end()) co_return not_begun;
    // Each is begun only after the one before it did not help: the last that was begun says how it ended.
    std::optional<Earlier> last;
    std::vector<apply::Package> packages;
    for (std::size_t i = plan.ladder.size(); i-- > 0;) {
        auto asked_for = packages_of(plan.ladder[i]);
        if (asked_for.empty() || !plan.ladder[i].unavailable.empty()) continue;
        auto ports = ports_of(*world);
        auto transaction = transaction_of(run.id, i);
        auto earlier = co_await outcome_of_earlier(std::move(ports), std::move(transaction));
        if (!earlier && earlier.error().code == ErrorCode::cancelled) co_return fail(earlier.error());
        if (!earlier) {
            co_return SystemFix{.state = model::RunState::failed, .summary = "it is not known what became of it", .proof = earlier.error().message};
        }
        packages = std::move(asked_for);
        last = *std::move(earlier);
        if (last->begun == Earlier::Begun::yes) break;
    }
    if (!last || last->begun == Earlier::Begun::no) co_return not_begun;
    const auto after = judge_environment(*world, environment);
    const auto wrong = still_wrong(nullptr, after, plan);
    SystemFix fix{.state = model::RunState::failed, .summary = "nothing of the plan helped", .proof = {}};
    if (last->outcome && last->outcome->status != 0) {
        fix.proof = "apt-get failed: " + last_line(last->outcome->text);
    } else if (!wrong.empty()) {
        fix.proof = (last->outcome ? "apt-get installed " + joined(packages) + ", but " : std::string{k_no_word}) + wrong;
    } else {
        fix = kept(packages, plan);
        fix.summary += ", while the daemon was away";
    }
    tell({.at_ms = wall_clock_ms(), .step = k_step,
          .text = "looked at again after an interruption: " + (fix.proof.empty() ? fix.summary : fix.proof)});
    co_return fix;
}

asio::awaitable<Result<SystemFix>> install_asked(World* world, model::Plan plan, std::string run_id,
                                                 std::function<void(const model::RunEvent&)> tell)
{
    const auto packages = packages_of(plan.ladder.front());
    apply::Record record{.transaction = transaction_of(run_id, 0), .packages = packages};
    tell({.at_ms = wall_clock_ms(), .step = k_step,
          .text = "apt-get installs " + joined(packages) + " (" + unit_of(record.transaction) + ")"});
    auto ports = ports_of(*world);
    const auto outcome = co_await install(std::move(ports), std::move(record));
    if (!outcome && outcome.error().code == ErrorCode::cancelled) co_return fail(outcome.error());
    if (!outcome) {
        co_return SystemFix{.state = model::RunState::failed, .summary = "nothing is known to have been installed", .proof = outcome.error().message};
    }
    co_return end_of_asked(packages, *outcome);
}

asio::awaitable<Result<SystemFix>> end_interrupted_install(World* world, model::Plan plan, model::Run run,
                                                           std::function<void(const model::RunEvent&)> tell)
{
    SystemFix fix{.state = model::RunState::failed, .summary = "nothing was changed", .proof = "the daemon ended before apt-get was started"};
    if (std::ranges::find(run.events, k_step, &model::RunEvent::step) == run.events.end()) co_return fix;
    const auto packages = packages_of(plan.ladder.front());
    auto ports = ports_of(*world);
    auto transaction = transaction_of(run.id, 0);
    const auto earlier = co_await outcome_of_earlier(std::move(ports), std::move(transaction));
    if (!earlier && earlier.error().code == ErrorCode::cancelled) co_return fail(earlier.error());
    if (!earlier) {
        fix.summary = "it is not known what became of it";
        fix.proof = earlier.error().message;
    } else if (earlier->outcome) {
        fix = end_of_asked(packages, *earlier->outcome);
        fix.summary += ", while the daemon was away";
    } else if (earlier->begun != Earlier::Begun::no) {
        fix.summary = "it is not known what became of it";
        fix.proof = k_no_word + joined(packages);
    }
    tell({.at_ms = wall_clock_ms(), .step = k_step, .text = "looked at again after an interruption: " + fix.summary});
    co_return fix;
}

} // namespace envfix::service
