#pragma once

#include "wire/sdbus_compat.hpp"
#include "wire/types.hpp"

#include <manager_proxy.hpp>

#include <memory>
#include <string>
#include <vector>

namespace envfix {

/// org.envfix1.Manager as a client sees it, through the generated proxy; signals are written down.
class Client final : public sdbus::ProxyInterfaces<org::envfix1::Manager_proxy> {
public:
    explicit Client(sdbus::IConnection& connection, bool listens = false)
        : ProxyInterfaces(connection, wire::ServiceName{"org.envfix1"}, sdbus::ObjectPath{"/org/envfix1"}), m_listens(listens)
    {
        if (m_listens) registerProxy();
    }

    ~Client()
    {
        if (m_listens) unregisterProxy();
    }

    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    Client(Client&&) = delete;
    Client& operator=(Client&&) = delete;

    std::vector<std::string> heard;

private:
    void onEnvironmentChanged(const wire::Environment& environment) override
    {
        heard.push_back("environment " + std::get<0>(environment) + " " + std::get<3>(environment));
    }

    void onEnvironmentRemoved(const std::string& id, const std::string& path) override
    {
        heard.push_back("removed " + id + " " + path);
    }

    void onPlanChanged(const wire::Plan& plan) override { heard.push_back("plan " + std::get<13>(plan)); }

    void onRunChanged(const wire::Run& run) override { heard.push_back("run " + std::get<9>(run)); }

    void onRunProgress(const std::string& run, const wire::Event& event) override
    {
        heard.push_back("progress " + run + " " + std::get<1>(event));
    }

    void onPoliciesChanged() override { heard.push_back("policies"); }

    void onDaemonChanged(const wire::Daemon& daemon) override { heard.push_back("daemon " + std::get<2>(daemon)); }

    bool m_listens;
};

} // namespace envfix
