#pragma once

#include "bus/port.hpp"
#include "service/fixing.hpp"
#include "service/judging.hpp"
#include "service/world.hpp"

#include <functional>
#include <string>
#include <vector>

namespace envfix::service {

/// What the daemon answers to the bus: getters from memory and journal, actions handed to the part that does them.
class Keeper final : public bus::Port {
public:
    /// Looks at every root again, and calls back once what was found has been judged.
    using Survey = std::function<void(std::function<void()> done)>;

    Keeper(World& world, Judging& judging, Fixing& fixing, std::function<void()> reload, Survey survey);

    [[nodiscard]] model::DaemonReport daemon() const override;
    [[nodiscard]] Result<model::Status> status(std::string_view env, std::uint32_t limit,
                                               const bus::Caller& caller) const override;
    [[nodiscard]] model::Page<model::EnvironmentReport> environments(std::uint32_t offset, std::uint32_t limit,
                                                                     const bus::Caller& caller) const override;
    [[nodiscard]] Result<model::EnvironmentReport> environment(std::string_view env, const bus::Caller& caller) const override;
    [[nodiscard]] bool may_see(const std::string& environment, const bus::Caller& caller) const override;
    [[nodiscard]] std::vector<model::Plan> plans() const override;
    [[nodiscard]] Result<model::Plan> plan(std::string_view id) const override;
    [[nodiscard]] Result<model::Page<model::Run>> runs(std::string_view env, std::uint32_t offset,
                                                       std::uint32_t limit) const override;
    [[nodiscard]] Result<model::Run> run(std::string_view id) const override;
    [[nodiscard]] model::PolicyList policies() const override;
    [[nodiscard]] Result<model::PolicyReport> policy(std::string_view name) const override;
    [[nodiscard]] std::vector<model::PolicyProblem> check_policy(std::string_view name,
                                                                 std::string_view content) const override;
    [[nodiscard]] Result<std::vector<model::PolicyVerdict>> why(std::string_view env) const override;
    [[nodiscard]] Result<std::vector<model::PolicyVerdict>> test_policy(std::string_view name) const override;
    [[nodiscard]] Result<model::Explanation> explain(std::string_view code) const override;
    [[nodiscard]] model::Doctor doctor() const override;

    void check(std::string env, bool probe, bus::Caller caller,
               bus::Done<std::vector<model::EnvironmentReport>> done) override;
    void check_paths(std::vector<std::string> paths, bool probe, bus::Caller caller,
                     bus::Done<std::vector<model::EnvironmentReport>> done) override;
    void diagnose(std::string text, bus::Done<std::vector<model::Cause>> done) override;
    void diagnose_command(std::string text, model::CommandContext command,
                          bus::Done<model::CommandDiagnosis> done) override;
    void plan(std::string env, bus::Done<std::optional<model::Plan>> done) override;
    void fix(std::string env, bool consent, bus::Caller caller, bus::Done<std::string> done) override;
    void approve(std::string plan, std::string digest, bus::Caller caller, bus::Done<std::string> done) override;
    void reject(std::string plan, bus::Caller caller, bus::Done<void> done) override;
    void undo(std::string run, bus::Caller caller, bus::Done<std::string> done) override;
    void approve_policy(std::string name, std::string sha256, bus::Caller caller, bus::Done<void> done) override;
    void revoke_policy(std::string name, bus::Caller caller, bus::Done<void> done) override;
    void add_root(std::string path, bus::Done<void> done) override;
    void remove_root(std::string path, bus::Done<void> done) override;
    void hold(std::string env, std::uint64_t seconds, std::string reason, bus::Caller caller,
              bus::Done<void> done) override;
    void release(std::string env, bus::Done<void> done) override;
    void reload(bus::Done<std::vector<model::PolicyProblem>> done) override;
    void package_versions(std::vector<std::string> names, bus::Done<std::vector<model::PackageVersion>> done) override;
    void install_packages(std::vector<model::PackageVersion> packages, bus::Caller caller, bus::Done<std::string> done) override;

private:
    [[nodiscard]] std::vector<model::PolicyOffer> offers_for(const Known& known) const;
    [[nodiscard]] Result<std::vector<std::string>> ids_of(std::string_view env) const;
    asio::awaitable<void> check_all(std::vector<model::Environment> environments, std::vector<std::string> of_accounts, uid_t user, bool probe,
                                    bus::Done<std::vector<model::EnvironmentReport>> done);
    asio::awaitable<void> locate_and_check(std::vector<std::string> paths, bool probe,
                                           bus::Done<std::vector<model::EnvironmentReport>> done);

    /// True where this is the machine's daemon, which does not do that; then `done` has been told so.
    template <typename T> bool refused_here(const bus::Done<T>& done, const char* why) const;

    World& m_world;
    Judging& m_judging;
    Fixing& m_fixing;
    std::function<void()> m_reload;
    Survey m_survey;
};

} // namespace envfix::service
