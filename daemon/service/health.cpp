#include "service/health.hpp"

#include "service/accounts.hpp"
#include "service/lingering.hpp"
#include "service/publishing.hpp"
#include "service/system_fix.hpp"
#include "watch/installers.hpp"

#include <unistd.h>

#include <algorithm>
#include <string>

namespace envfix::service {

namespace {

constexpr std::int64_t k_store_damage_s = 24LL * 3600; ///< for so long it is told

model::HealthCheck watches(const World& world)
{
    const auto status = world.observer->status();
    model::HealthCheck check{.topic = "watches", .state = "ok"};
    check.text = std::to_string(status.watches) + " inotify watches in use";
    if (status.allowed > 0) check.text += " of " + std::to_string(status.allowed) + " that this user may have";
    if (status.polled > 0 || !status.degraded.empty()) {
        check.state = "warning";
        check.text += "; " + std::to_string(status.polled) + " environments are only looked at every few minutes";
        check.advice = "raise fs.inotify.max_user_watches (sysctl), or watch fewer folders";
    }
    return check;
}

model::HealthCheck configuration(const World& world)
{
    const auto& problems = world.configuration.problems;
    model::HealthCheck check{.topic = "configuration", .state = "ok"};
    check.text = std::to_string(world.configuration.policies.size()) + " policies, " +
                 std::to_string(world.configuration.chain.links.size()) + " links in the chains";
    if (!problems.empty()) {
        check.state = "error";
        check.text = std::to_string(problems.size()) + (problems.size() == 1 ? " fault" : " faults") +
                     " in configuration files; the first: " + problems.front().file + ":" +
                     std::to_string(problems.front().line) + ": " + problems.front().reason;
        check.advice = "correct the file, then: envfixctl reload";
    }
    return check;
}

model::HealthCheck state_directory(const World& world)
{
    model::HealthCheck check{.topic = "state directory", .state = "ok", .text = world.surroundings.state_dir};
    check.text += ", " + std::to_string(world.store.bytes() / 1024 / 1024) + " MiB of known-good files";
    if (!world.degraded.empty()) {
        check.state = "warning";
        check.text += "; " + world.degraded.front();
    }
    const auto since_s = wall_clock_s() - k_store_damage_s;
    const auto recent = std::ranges::count_if(world.store_damage, [&](const auto& damage) { return damage.at_s >= since_s; });
    if (recent > 0) {
        check.state = "warning";
        check.text += "; damage was found in them today (" + std::to_string(recent) + "), the last: " + world.store_damage.back().text;
        check.advice = "it is filled again from healthy environments by itself; if it comes back, look after the disk";
    }
    return check;
}

model::HealthCheck identity(const World& world)
{
    model::HealthCheck check{.topic = "identity", .state = "ok"};
    check.text = "runs as " + world.surroundings.user + " (uid " + std::to_string(::geteuid()) + ")";
    if (::geteuid() == 0) {
        check.state = "warning";
        check.text += ": environments that root owns are fixed with root's rights";
        check.advice = "on a workstation, run the user instance as yourself";
    }
    return check;
}

/// Peace with the person's tools rests on seeing them.
model::HealthCheck processes(const World& world)
{
    model::HealthCheck check{.topic = "processes", .state = "ok", .text = "installers of other users can be seen"};
    const auto& all = world.catalogue.all();
    if (all.empty()) return check;
    const auto seen = watch::installers_at_work(world.tree, all.begin()->second.environment);
    if (seen.blind.empty()) return check;
    if (is_system(world)) {
        check.text = "not looked at: apt-get waits for whoever has the lock of dpkg";
        return check;
    }
    check.state = "warning";
    check.text = seen.blind;
    check.advice = "mount /proc without hidepid, or keep fixes to times when nobody installs";
    return check;
}

model::HealthCheck sandbox(const World& world)
{
    if (is_system(world) && !world.let_through.empty()) {
        return {.topic = "sandbox",
                .state = "warning",
                .text = "it does not hold, and nothing is done without a person: " + sandbox_fault(world),
                .advice = "start the daemon by its unit (systemctl start envfixd), on a kernel that offers what the unit asks for"};
    }
    if (is_system(world)) {
        return {.topic = "sandbox",
                .state = "ok",
                .text = "tried at start, and it holds: no capability, no network, no program is executed, no folder of others is "
                        "written; packages are installed by envfix-apply@.service"};
    }
    return {.topic = "sandbox",
            .state = "ok",
            .text = "the user instance has its user's rights and no more; probes and pip run in processes of their own with limits"};
}

model::HealthCheck accounts(const World& world)
{
    const auto count = world.accounts == nullptr ? std::size_t{0} : world.accounts->count();
    model::HealthCheck check{.topic = "accounts", .state = "ok"};
    check.text = std::to_string(count) + (count == 1 ? " account" : " accounts") + " with folders that are looked at (roots:), each by " +
                 "its own envfix-watch@UID.service";
    if (count == 0) check.text = "no folder of an account is looked at (roots: in /etc/envfix/envfixd.yaml)";
    const auto troubles = world.accounts == nullptr ? std::vector<std::string>{} : world.accounts->troubles();
    if (troubles.empty()) return check;
    check.state = "warning";
    check.text += "; " + troubles.front();
    if (troubles.size() > 1) check.text += " (and " + std::to_string(troubles.size() - 1) + " more)";
    check.advice = "what is wrong with a worker: journalctl -u 'envfix-watch@*'";
    return check;
}

model::HealthCheck bus_of(const World& world)
{
    return {.topic = "bus",
            .state = "ok",
            .text = is_system(world) ? "org.envfix1 on the system bus" : "org.envfix1 on the session bus"};
}

model::HealthCheck authority(const World& world)
{
    return {.topic = "polkit",
            .state = "ok",
            .text = is_system(world) ? "asked before anything is changed (org.envfix1.*)"
                                     : "not asked on the session bus: callers of the same user only"};
}

} // namespace

model::DaemonReport daemon_report(const World& world)
{
    model::DaemonReport report{.version = ENVFIX_VERSION, .instance = "user", .state = "ready"};
    if (world.surroundings.instance == app::Instance::system) report.instance = "system";
    report.uptime_s = static_cast<std::uint64_t>(std::max<std::int64_t>(0, boot_clock_s() - world.started_s));
    report.degraded = degraded_texts(world);
    if (world.observer != nullptr) report.watches = world.observer->status().watches;
    if (!report.degraded.empty()) report.state = "degraded";
    return report;
}

model::Doctor examine(const World& world)
{
    model::Doctor doctor{.daemon = daemon_report(world)};
    doctor.checks = {watches(world), configuration(world), state_directory(world), identity(world), processes(world), sandbox(world),
                     bus_of(world), authority(world)};
    if (is_system(world)) {
        doctor.checks.push_back(accounts(world));
        doctor.checks.push_back({.topic = "scope",
                                 .state = "ok",
                                 .text = "the system's interpreters, what else root owns, and the folders of accounts that are named; "
                                         "other environments of users are not read",
                                 .advice = "each user: systemctl --user enable --now envfixd"});
    }
    if (const auto check = lingering(world)) doctor.checks.push_back(*check);
    doctor.roots = world.configuration.daemon.roots;
    doctor.roots.insert(doctor.roots.end(), world.remembered.roots.begin(), world.remembered.roots.end());
    std::ranges::sort(doctor.roots);
    const auto again = std::ranges::unique(doctor.roots);
    doctor.roots.erase(again.begin(), again.end());
    return doctor;
}

} // namespace envfix::service
