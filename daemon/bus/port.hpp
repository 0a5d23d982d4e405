#pragma once

#include "base/result.hpp"
#include "model/answers.hpp"
#include "model/command.hpp"
#include "model/packages.hpp"

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::bus {

/// Called once, on the loop's thread, when an action has come to its answer. It may be called before the action
/// returns. It never throws. Whoever drops it uncalled leaves the caller waiting until its own time limit.
template <typename T> using Done = std::function<void(Result<T>)>;

/// Who asks. Checked against the bus before the port hears of it.
struct Caller {
    uid_t uid = 0;
    std::string bus_name; ///< unique: ":1.42"
};

/// Nobody in particular: what he may see is for everybody.
inline const Caller k_everybody{.uid = static_cast<uid_t>(-1), .bus_name = {}};

/// What the bus needs of the daemon, and nothing more. Implemented by app, faked in tests.
///
/// ENV in what follows is an id, a unique prefix of one (4 digits at least), an absolute path of an environment, or an absolute
/// path in a project: then the environment of the nearest project folder above it (bus/resolve.hpp does that).
/// Of environments only those that the caller may see are there for him. Getters answer from memory, at once. Actions check all they can, then answer through `done`; what they change is published
/// through `Service`, not returned.
class Port {
public:
    Port() = default;
    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;
    Port(Port&&) = delete;
    Port& operator=(Port&&) = delete;
    virtual ~Port() = default;

    // -- getters -----------------------------------------------------------------------------------------
    [[nodiscard]] virtual model::DaemonReport daemon() const = 0;

    /// Everything for `status`; with ENV only that environment. At most `limit` environments, what is wrong first.
    [[nodiscard]] virtual Result<model::Status> status(std::string_view env, std::uint32_t limit,
                                                        const Caller& caller) const = 0;

    /// Environments by path, `limit` of them from `offset` on.
    [[nodiscard]] virtual model::Page<model::EnvironmentReport> environments(std::uint32_t offset,
                                                                             std::uint32_t limit,
                                                                             const Caller& caller) const = 0;

    /// Errors: not_found; malformed where a prefix fits several.
    [[nodiscard]] virtual Result<model::EnvironmentReport> environment(std::string_view env, const Caller& caller) const = 0;

    /// Whether what becomes of the environment with this id is the caller's to know.
    [[nodiscard]] virtual bool may_see(const std::string& environment, const Caller& caller) const = 0;

    /// Plans that wait, run, or ended recently; oldest first.
    [[nodiscard]] virtual std::vector<model::Plan> plans() const = 0;

    /// By id or unique prefix.
    [[nodiscard]] virtual Result<model::Plan> plan(std::string_view id) const = 0;

    /// Runs, newest first, without their events; of all environments where `env` is empty.
    [[nodiscard]] virtual Result<model::Page<model::Run>> runs(std::string_view env, std::uint32_t offset,
                                                               std::uint32_t limit) const = 0;

    /// By id or unique prefix, with its events.
    [[nodiscard]] virtual Result<model::Run> run(std::string_view id) const = 0;

    [[nodiscard]] virtual model::PolicyList policies() const = 0;
    [[nodiscard]] virtual Result<model::PolicyReport> policy(std::string_view name) const = 0;

    /// What is wrong with this policy text; `name` is the file's, for the messages. Empty: nothing.
    [[nodiscard]] virtual std::vector<model::PolicyProblem> check_policy(std::string_view name,
                                                                         std::string_view content) const = 0;

    /// Why each policy does or does not act in ENV.
    [[nodiscard]] virtual Result<std::vector<model::PolicyVerdict>> why(std::string_view env) const = 0;

    /// What this policy would do to each known environment.
    [[nodiscard]] virtual Result<std::vector<model::PolicyVerdict>> test_policy(std::string_view name) const = 0;

    [[nodiscard]] virtual Result<model::Explanation> explain(std::string_view code) const = 0;
    [[nodiscard]] virtual model::Doctor doctor() const = 0;

    // -- actions -----------------------------------------------------------------------------------------
    /// Validates ENV again, now; every known environment where `env` is empty. With `probe` also in the real interpreter.
    virtual void check(std::string env, bool probe, Caller caller, Done<std::vector<model::EnvironmentReport>> done) = 0;

    /// Validates whatever lies at these absolute paths, known or not; does not start to watch it.
    virtual void check_paths(std::vector<std::string> paths, bool probe, Caller caller,
                             Done<std::vector<model::EnvironmentReport>> done) = 0;

    /// Reads a traceback; best cause first.
    virtual void diagnose(std::string text, Done<std::vector<model::Cause>> done) = 0;

    /// The same of what a command wrote before it failed, with the environment that it used.
    virtual void diagnose_command(std::string text, model::CommandContext command, Done<model::CommandDiagnosis> done) = 0;

    /// Makes the plan for ENV, or gives the one that still holds; none where nothing is wrong.
    /// Errors: not_found, not_approved (names the policy), held, quarantined, not_supported (no policy covers it).
    virtual void plan(std::string env, Done<std::optional<model::Plan>> done) = 0;

    /// Plans and starts: at once where `consent` (the person said yes to whatever is planned) or the policy's mode
    /// lets it; else the plan is left waiting and the answer is not_approved. Gives the id of the run; empty: nothing to do.
    virtual void fix(std::string env, bool consent, Caller caller, Done<std::string> done) = 0;

    /// Starts a waiting plan whose digest is this one. Gives the id of the run.
    /// Errors: not_found, plan_changed, not_approved (the policy itself), busy, held.
    virtual void approve(std::string plan, std::string digest, Caller caller, Done<std::string> done) = 0;
    virtual void reject(std::string plan, Caller caller, Done<void> done) = 0;

    /// Starts to take a run back. Gives the id of the run, whose state becomes `undone`.
    virtual void undo(std::string run, Caller caller, Done<std::string> done) = 0;

    /// Approves the content with this SHA-256. Errors: not_found, plan_changed (the content is another by now).
    virtual void approve_policy(std::string name, std::string sha256, Caller caller, Done<void> done) = 0;
    virtual void revoke_policy(std::string name, Caller caller, Done<void> done) = 0;

    virtual void add_root(std::string path, Done<void> done) = 0;
    virtual void remove_root(std::string path, Done<void> done) = 0;

    /// Keeps every fix off ENV (all where empty) for so many seconds (0: until released).
    virtual void hold(std::string env, std::uint64_t seconds, std::string reason, Caller caller, Done<void> done) = 0;

    /// Ends a hold or a quarantine.
    virtual void release(std::string env, Done<void> done) = 0;

    /// Reads configuration and policies again. Gives the files that were left out.
    virtual void reload(Done<std::vector<model::PolicyProblem>> done) = 0;

    /// In which version each of these packages of the system would be installed. Errors: not_supported (not the machine's daemon),
    /// denied (not in root's list), malformed, not_found (it is not installed).
    virtual void package_versions(std::vector<std::string> names, Done<std::vector<model::PackageVersion>> done) = 0;

    /// Begins to install them again in just these versions. Gives the id of the run. Errors as above; plan_changed (other versions
    /// by now), held, busy.
    virtual void install_packages(std::vector<model::PackageVersion> packages, Caller caller, Done<std::string> done) = 0;
};

} // namespace envfix::bus
