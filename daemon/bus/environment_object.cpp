#include "bus/environment_object.hpp"

#include "bus/paths.hpp"
#include "wire/conversions.hpp"
#include "wire/sdbus_compat.hpp"

namespace envfix::bus {

EnvironmentObject::EnvironmentObject(sdbus::IConnection& connection, Context& context, model::EnvironmentReport report)
    : AdaptorInterfaces(connection, object_path("environment", report.id)), m_context(context),
      m_report(std::move(report))
{
    registerAdaptor();
}

EnvironmentObject::~EnvironmentObject()
{
    unregisterAdaptor();
}

void EnvironmentObject::show(const model::EnvironmentReport& report)
{
    std::vector<std::string> changed;
    const auto compare = [&](const char* property, bool same) {
        if (!same) changed.emplace_back(property);
    };
    compare("State", report.state == m_report.state);
    compare("StateReason", report.state_reason == m_report.state_reason);
    compare("Fingerprint", report.fingerprint == m_report.fingerprint);
    compare("Interpreter", report.interpreter_path == m_report.interpreter_path &&
                               report.interpreter_version == m_report.interpreter_version &&
                               report.interpreter_implementation == m_report.interpreter_implementation &&
                               report.interpreter_soabi == m_report.interpreter_soabi);
    compare("Chain", report.chain == m_report.chain);
    compare("Findings", report.findings == m_report.findings);
    compare("Probe", report.probe == m_report.probe);
    m_report = report;
    if (!changed.empty()) {
        m_context.audience().tell_properties(getObject(), org::envfix1::Environment_adaptor::INTERFACE_NAME, m_report.id, changed);
    }
}

void EnvironmentObject::Check(sdbus::Result<wire::Environment>&& reply, bool probe)
{
    m_context.act<std::vector<model::EnvironmentReport>>(
        getObject(), std::move(reply),
        [&port = m_context.port(), id = m_report.id, probe](const Caller& caller, auto done) {
            port.check(id, probe, caller,
                       [done](Result<std::vector<model::EnvironmentReport>> checked) {
                                       if (checked && checked->empty()) {
                                           done(fail(ErrorCode::not_found, "the environment is gone"));
                                       } else {
                                           done(std::move(checked));
                                       }
                                   });
        },
        [](const std::vector<model::EnvironmentReport>& checked) { return wire::to_wire(checked.front()); });
}

void EnvironmentObject::Plan(sdbus::Result<wire::Array<wire::Plan>>&& reply)
{
    m_context.act<std::optional<model::Plan>>(
        getObject(), std::move(reply),
        [&port = m_context.port(), id = m_report.id](const Caller&, auto done) { port.plan(id, std::move(done)); },
        [](const std::optional<model::Plan>& plan) {
            return plan ? wire::Array<wire::Plan>{wire::to_wire(*plan)} : wire::Array<wire::Plan>{};
        });
}

void EnvironmentObject::Fix(sdbus::Result<sdbus::ObjectPath>&& reply, bool consent)
{
    m_context.act<std::string>(
        getObject(), std::move(reply),
        [&port = m_context.port(), id = m_report.id, consent](const Caller& caller, auto done) {
            port.fix(id, consent, caller, std::move(done));
        },
        run_path);
}

std::string EnvironmentObject::Id()
{
    return m_context.property([&] { return wire::text_to_wire(m_report.id); });
}

std::string EnvironmentObject::Path()
{
    return m_context.property([&] { return wire::text_to_wire(m_report.path); });
}

std::string EnvironmentObject::Kind()
{
    return m_context.property([&] { return std::string{to_string(m_report.kind)}; });
}

std::string EnvironmentObject::State()
{
    return m_context.property([&] { return std::string{to_string(m_report.state)}; });
}

std::string EnvironmentObject::StateReason()
{
    return m_context.property([&] { return wire::text_to_wire(m_report.state_reason); });
}

std::string EnvironmentObject::Fingerprint()
{
    return m_context.property([&] { return wire::text_to_wire(m_report.fingerprint); });
}

wire::Interpreter EnvironmentObject::Interpreter()
{
    return m_context.property([&] { return wire::interpreter_to_wire(m_report); });
}

wire::Array<wire::ChainLink> EnvironmentObject::Chain()
{
    return m_context.property([&] { return wire::chain_to_wire(m_report); });
}

wire::Array<wire::Finding> EnvironmentObject::Findings()
{
    return m_context.property([&] { return wire::findings_to_wire(m_report); });
}

wire::Array<wire::Probe> EnvironmentObject::Probe()
{
    return m_context.property([&] { return wire::probe_to_wire(m_report); });
}

} // namespace envfix::bus
