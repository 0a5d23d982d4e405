#include "bus/run_object.hpp"

#include "bus/paths.hpp"
#include "wire/conversions.hpp"
#include "wire/sdbus_compat.hpp"

namespace envfix::bus {

RunObject::RunObject(sdbus::IConnection& connection, Context& context, model::Run run)
    : AdaptorInterfaces(connection, object_path("run", run.id)), m_context(context), m_run(std::move(run))
{
    registerAdaptor();
}

RunObject::~RunObject()
{
    unregisterAdaptor();
}

void RunObject::show(const model::Run& run)
{
    std::vector<std::string> changed;
    const auto compare = [&](const char* property, bool same) {
        if (!same) changed.emplace_back(property);
    };
    compare("EndedS", run.ended_s == m_run.ended_s);
    compare("State", run.state == m_run.state);
    compare("Summary", run.summary == m_run.summary);
    compare("Proof", run.proof == m_run.proof);
    m_run = run;
    if (!changed.empty()) {
        m_context.audience().tell_properties(getObject(), org::envfix1::Run_adaptor::INTERFACE_NAME, m_run.environment_id, changed);
    }
}

void RunObject::Undo(sdbus::Result<sdbus::ObjectPath>&& reply)
{
    m_context.act<std::string>(
        getObject(), std::move(reply),
        [&port = m_context.port(), id = m_run.id](const Caller& caller, auto done) { port.undo(id, caller, std::move(done)); },
        run_path);
}

std::string RunObject::Id()
{
    return m_context.property([&] { return wire::text_to_wire(m_run.id); });
}

sdbus::ObjectPath RunObject::Plan()
{
    return m_context.property([&] { return object_path("plan", m_run.plan_id); });
}

sdbus::ObjectPath RunObject::Environment()
{
    return m_context.property([&] { return object_path("environment", m_run.environment_id); });
}

std::string RunObject::EnvironmentPath()
{
    return m_context.property([&] { return wire::text_to_wire(m_run.environment_path); });
}

std::string RunObject::Policy()
{
    return m_context.property([&] { return wire::text_to_wire(m_run.policy); });
}

std::string RunObject::ApprovedBy()
{
    return m_context.property([&] { return wire::text_to_wire(m_run.approved_by); });
}

wire::Strings RunObject::Findings()
{
    return m_context.property([&] { return wire::texts_to_wire(m_run.findings); });
}

std::int64_t RunObject::StartedS()
{
    return m_context.property([&] { return m_run.started_s; });
}

std::int64_t RunObject::EndedS()
{
    return m_context.property([&] { return m_run.ended_s; });
}

std::string RunObject::State()
{
    return m_context.property([&] { return std::string{to_string(m_run.state)}; });
}

std::string RunObject::Summary()
{
    return m_context.property([&] { return wire::text_to_wire(m_run.summary); });
}

std::string RunObject::Proof()
{
    return m_context.property([&] { return wire::text_to_wire(m_run.proof); });
}

} // namespace envfix::bus
