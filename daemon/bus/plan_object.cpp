#include "bus/plan_object.hpp"

#include "bus/limits.hpp"
#include "bus/paths.hpp"
#include "wire/conversions.hpp"
#include "wire/sdbus_compat.hpp"

namespace envfix::bus {

PlanObject::PlanObject(sdbus::IConnection& connection, Context& context, model::Plan plan)
    : AdaptorInterfaces(connection, object_path("plan", plan.id)), m_context(context), m_plan(std::move(plan))
{
    registerAdaptor();
}

PlanObject::~PlanObject()
{
    unregisterAdaptor();
}

void PlanObject::show(const model::Plan& plan)
{
    std::vector<std::string> changed;
    const auto compare = [&](const char* property, bool same) {
        if (!same) changed.emplace_back(property);
    };
    compare("State", plan.state == m_plan.state);
    compare("StateReason", plan.state_reason == m_plan.state_reason);
    m_plan = plan;
    if (!changed.empty()) {
        m_context.audience().tell_properties(getObject(), org::envfix1::Plan_adaptor::INTERFACE_NAME, m_plan.environment_id, changed);
    }
}

void PlanObject::Approve(sdbus::Result<sdbus::ObjectPath>&& reply, std::string digest)
{
    m_context.act<std::string>(
        getObject(), std::move(reply),
        [&port = m_context.port(), id = m_plan.id, digest = std::move(digest)](const Caller& caller, auto done) {
            auto frozen = short_text(digest, "digest");
            if (!frozen) return done(fail(frozen.error()));
            port.approve(id, *frozen, caller, std::move(done));
        },
        run_path);
}

void PlanObject::Reject(sdbus::Result<>&& reply)
{
    m_context.act(getObject(), std::move(reply),
                  [&port = m_context.port(), id = m_plan.id](const Caller& caller, auto done) {
                      port.reject(id, caller, std::move(done));
                  });
}

std::string PlanObject::Id()
{
    return m_context.property([&] { return wire::text_to_wire(m_plan.id); });
}

std::string PlanObject::Digest()
{
    return m_context.property([&] { return wire::text_to_wire(m_plan.digest); });
}

sdbus::ObjectPath PlanObject::Environment()
{
    return m_context.property([&] { return object_path("environment", m_plan.environment_id); });
}

std::string PlanObject::EnvironmentPath()
{
    return m_context.property([&] { return wire::text_to_wire(m_plan.environment_path); });
}

std::string PlanObject::Policy()
{
    return m_context.property([&] { return wire::text_to_wire(m_plan.policy); });
}

wire::Strings PlanObject::Findings()
{
    return m_context.property([&] { return wire::texts_to_wire(m_plan.findings); });
}

wire::Array<wire::Rung> PlanObject::Ladder()
{
    return m_context.property([&] { return wire::ladder_to_wire(m_plan); });
}

std::int64_t PlanObject::CreatedS()
{
    return m_context.property([&] { return m_plan.created_s; });
}

std::int64_t PlanObject::ExpiresS()
{
    return m_context.property([&] { return m_plan.expires_s; });
}

std::string PlanObject::State()
{
    return m_context.property([&] { return std::string{to_string(m_plan.state)}; });
}

std::string PlanObject::StateReason()
{
    return m_context.property([&] { return wire::text_to_wire(m_plan.state_reason); });
}

} // namespace envfix::bus
