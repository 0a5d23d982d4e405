#pragma once

#include "bus/context.hpp"
#include "wire/types.hpp"

#include <plan_adaptor.hpp>

namespace envfix::bus {

/// /org/envfix1/plan/ID: frozen but for its state.
class PlanObject final : public sdbus::AdaptorInterfaces<org::envfix1::Plan_adaptor, sdbus::ManagedObject_adaptor> {
public:
    PlanObject(sdbus::IConnection& connection, Context& context, model::Plan plan);
    ~PlanObject();
    PlanObject(const PlanObject&) = delete;
    PlanObject& operator=(const PlanObject&) = delete;
    PlanObject(PlanObject&&) = delete;
    PlanObject& operator=(PlanObject&&) = delete;

    [[nodiscard]] const model::Plan& shown() const { return m_plan; }

    /// Shows this from now on, and says which properties changed.
    void show(const model::Plan& plan);

private:
    void Approve(sdbus::Result<sdbus::ObjectPath>&& reply, std::string digest) override;
    void Reject(sdbus::Result<>&& reply) override;
    std::string Id() override;
    std::string Digest() override;
    sdbus::ObjectPath Environment() override;
    std::string EnvironmentPath() override;
    std::string Policy() override;
    wire::Strings Findings() override;
    wire::Array<wire::Rung> Ladder() override;
    std::int64_t CreatedS() override;
    std::int64_t ExpiresS() override;
    std::string State() override;
    std::string StateReason() override;

    Context& m_context;
    model::Plan m_plan;
};

} // namespace envfix::bus
