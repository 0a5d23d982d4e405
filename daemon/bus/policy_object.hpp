#pragma once

#include "bus/context.hpp"
#include "wire/types.hpp"

#include <policy_adaptor.hpp>

namespace envfix::bus {

/// /org/envfix1/policy/NAME: a fix policy in force.
class PolicyObject final : public sdbus::AdaptorInterfaces<org::envfix1::Policy_adaptor, sdbus::ManagedObject_adaptor> {
public:
    PolicyObject(sdbus::IConnection& connection, Context& context, model::PolicyReport report);
    ~PolicyObject();
    PolicyObject(const PolicyObject&) = delete;
    PolicyObject& operator=(const PolicyObject&) = delete;
    PolicyObject(PolicyObject&&) = delete;
    PolicyObject& operator=(PolicyObject&&) = delete;

    [[nodiscard]] const model::PolicyReport& shown() const { return m_report; }

    /// Shows this from now on, and says which properties changed.
    void show(const model::PolicyReport& report);

private:
    void Approve(sdbus::Result<>&& reply, std::string sha256) override;
    void Revoke(sdbus::Result<>&& reply) override;
    std::string Name() override;
    std::string Describe() override;
    std::string File() override;
    std::string Sha256() override;
    std::string Mode() override;
    wire::Strings Findings() override;
    bool Approved() override;
    std::string ApprovedBy() override;

    Context& m_context;
    model::PolicyReport m_report;
};

} // namespace envfix::bus
