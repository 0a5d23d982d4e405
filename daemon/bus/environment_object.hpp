#pragma once

#include "bus/context.hpp"
#include "wire/types.hpp"

#include <environment_adaptor.hpp>

namespace envfix::bus {

/// /org/envfix1/environment/ID. Its properties are those of the report that was published last.
class EnvironmentObject final
    : public sdbus::AdaptorInterfaces<org::envfix1::Environment_adaptor, sdbus::ManagedObject_adaptor> {
public:
    EnvironmentObject(sdbus::IConnection& connection, Context& context, model::EnvironmentReport report);
    ~EnvironmentObject();
    EnvironmentObject(const EnvironmentObject&) = delete;
    EnvironmentObject& operator=(const EnvironmentObject&) = delete;
    EnvironmentObject(EnvironmentObject&&) = delete;
    EnvironmentObject& operator=(EnvironmentObject&&) = delete;

    [[nodiscard]] const model::EnvironmentReport& shown() const { return m_report; }

    /// Shows this from now on, and says which properties changed.
    void show(const model::EnvironmentReport& report);

private:
    void Check(sdbus::Result<wire::Environment>&& reply, bool probe) override;
    void Plan(sdbus::Result<wire::Array<wire::Plan>>&& reply) override;
    void Fix(sdbus::Result<sdbus::ObjectPath>&& reply, bool consent) override;
    std::string Id() override;
    std::string Path() override;
    std::string Kind() override;
    std::string State() override;
    std::string StateReason() override;
    std::string Fingerprint() override;
    wire::Interpreter Interpreter() override;
    wire::Array<wire::ChainLink> Chain() override;
    wire::Array<wire::Finding> Findings() override;
    wire::Array<wire::Probe> Probe() override;

    Context& m_context;
    model::EnvironmentReport m_report;
};

} // namespace envfix::bus
