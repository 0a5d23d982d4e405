#pragma once

#include "bus/context.hpp"
#include "wire/types.hpp"

#include <run_adaptor.hpp>

namespace envfix::bus {

/// /org/envfix1/run/ID: one execution of a plan.
class RunObject final : public sdbus::AdaptorInterfaces<org::envfix1::Run_adaptor, sdbus::ManagedObject_adaptor> {
public:
    RunObject(sdbus::IConnection& connection, Context& context, model::Run run);
    ~RunObject();
    RunObject(const RunObject&) = delete;
    RunObject& operator=(const RunObject&) = delete;
    RunObject(RunObject&&) = delete;
    RunObject& operator=(RunObject&&) = delete;

    [[nodiscard]] const model::Run& shown() const { return m_run; }

    /// Shows this from now on, and says which properties changed.
    void show(const model::Run& run);

private:
    void Undo(sdbus::Result<sdbus::ObjectPath>&& reply) override;
    std::string Id() override;
    sdbus::ObjectPath Plan() override;
    sdbus::ObjectPath Environment() override;
    std::string EnvironmentPath() override;
    std::string Policy() override;
    std::string ApprovedBy() override;
    wire::Strings Findings() override;
    std::int64_t StartedS() override;
    std::int64_t EndedS() override;
    std::string State() override;
    std::string Summary() override;
    std::string Proof() override;

    Context& m_context;
    model::Run m_run;
};

} // namespace envfix::bus
