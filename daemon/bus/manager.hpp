#pragma once

#include "bus/context.hpp"
#include "wire/types.hpp"

#include <manager_adaptor.hpp>

#include <string>
#include <vector>

namespace envfix::bus {

/// org.envfix1.Manager at /org/envfix1: unpacks, asks the port, packs. Decides nothing.
class Manager final : public sdbus::AdaptorInterfaces<org::envfix1::Manager_adaptor, sdbus::Properties_adaptor> {
public:
    /// Longest list in one reply.
    static constexpr std::uint32_t k_page = 256;

    /// `lists_objects`: whether org.freedesktop.DBus.ObjectManager tells all objects to whoever asks.
    Manager(sdbus::IConnection& connection, Context& context, bool lists_objects);
    ~Manager();
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;
    Manager(Manager&&) = delete;
    Manager& operator=(Manager&&) = delete;

    // The signals, each to those who may see what it is about (bus/audience.hpp).
    void daemon_changed(); ///< also PropertiesChanged: State, Degraded
    void environment_changed(const model::EnvironmentReport& report);
    void environment_removed(const std::string& id, const std::string& path);
    void plan_changed(const model::Plan& plan);
    void run_changed(const model::Run& run);
    void run_progress(const model::Run& run, const model::RunEvent& event);
    void policies_changed();

private:
    template <typename T> using Reply = sdbus::Result<T>;
    using Path = sdbus::ObjectPath;
    template <typename T> using Paged = std::tuple<wire::Array<T>, std::uint64_t>;

    template <typename... Values> void tell(const char* signal, const std::string& environment, const Values&... values)
    {
        m_context.audience().tell(getObject(), org::envfix1::Manager_adaptor::INTERFACE_NAME, signal, environment, values...);
    }

    void Subscribe() override;
    void Unsubscribe() override;
    wire::Status Status(const std::string& env, const std::uint32_t& limit) override;
    Paged<wire::Environment> List(const std::uint32_t& offset, const std::uint32_t& limit) override;
    wire::Environment Show(const std::string& env) override;
    void Check(Reply<wire::Array<wire::Environment>>&& reply, std::string env, bool probe) override;
    void CheckPaths(Reply<wire::Array<wire::Environment>>&& reply, wire::Strings paths, bool probe) override;
    void Diagnose(Reply<wire::Array<wire::Cause>>&& reply, std::vector<std::uint8_t> text) override;
    void DiagnoseCommand(sdbus::Result<wire::Array<wire::Cause>, std::string>&& reply, std::vector<std::uint8_t> text,
                         std::string program, std::string path, std::string virtual_env, std::string python_path) override;
    wire::Explanation Explain(const std::string& code) override;
    void Plan(Reply<wire::Array<wire::Plan>>&& reply, std::string env) override;
    wire::Array<wire::Plan> Plans() override;
    wire::Plan GetPlan(const std::string& plan) override;
    void Fix(Reply<Path>&& reply, std::string env, bool consent) override;
    void Approve(Reply<Path>&& reply, std::string plan, std::string digest) override;
    void Reject(sdbus::Result<>&& reply, std::string plan) override;
    Paged<wire::Run> History(const std::string& env, const std::uint32_t& offset, const std::uint32_t& limit) override;
    wire::Run GetRun(const std::string& run) override;
    void Undo(Reply<Path>&& reply, std::string run) override;
    wire::Policies Policies() override;
    wire::Policy GetPolicy(const std::string& name) override;
    wire::Array<wire::Problem> CheckPolicy(const std::string& file, const std::vector<std::uint8_t>& content) override;
    wire::Array<wire::Verdict> WhyPolicies(const std::string& env) override;
    wire::Array<wire::Verdict> TestPolicy(const std::string& name) override;
    void ApprovePolicy(sdbus::Result<>&& reply, std::string name, std::string sha256) override;
    void RevokePolicy(sdbus::Result<>&& reply, std::string name) override;
    void AddRoot(sdbus::Result<>&& reply, std::string path) override;
    void RemoveRoot(sdbus::Result<>&& reply, std::string path) override;
    void Hold(sdbus::Result<>&& reply, std::string env, std::uint64_t seconds, std::string reason) override;
    void Release(sdbus::Result<>&& reply, std::string env) override;
    void Reload(Reply<wire::Array<wire::Problem>>&& reply) override;
    void PackageVersions(Reply<wire::Array<wire::Package>>&& reply, wire::Strings names) override;
    void InstallPackages(Reply<Path>&& reply, wire::Array<wire::Package> packages) override;
    wire::Doctor Doctor() override;

    std::string Version() override;
    std::string Instance() override;
    std::string State() override;
    wire::Strings Degraded() override;
    std::uint64_t Watches() override;

    Context& m_context;
};

} // namespace envfix::bus
