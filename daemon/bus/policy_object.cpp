#include "bus/policy_object.hpp"

#include "bus/limits.hpp"
#include "bus/paths.hpp"
#include "wire/conversions.hpp"
#include "wire/sdbus_compat.hpp"

namespace envfix::bus {

PolicyObject::PolicyObject(sdbus::IConnection& connection, Context& context, model::PolicyReport report)
    : AdaptorInterfaces(connection, object_path("policy", report.policy.name)), m_context(context), m_report(std::move(report))
{
    registerAdaptor();
}

PolicyObject::~PolicyObject()
{
    unregisterAdaptor();
}

void PolicyObject::show(const model::PolicyReport& report)
{
    std::vector<std::string> changed;
    const auto compare = [&](const char* property, bool same) {
        if (!same) changed.emplace_back(property);
    };
    compare("Describe", report.policy.describe == m_report.policy.describe);
    compare("File", report.policy.file == m_report.policy.file);
    compare("Sha256", report.policy.sha256 == m_report.policy.sha256);
    compare("Mode", report.policy.mode == m_report.policy.mode);
    compare("Findings", report.policy.findings == m_report.policy.findings);
    compare("Approved", report.approval.has_value() == m_report.approval.has_value());
    compare("ApprovedBy", report.approval == m_report.approval);
    m_report = report;
    if (!changed.empty()) {
        m_context.audience().tell_properties(getObject(), org::envfix1::Policy_adaptor::INTERFACE_NAME, {}, changed);
    }
}

void PolicyObject::Approve(sdbus::Result<>&& reply, std::string sha256)
{
    m_context.act(getObject(), std::move(reply), [&port = m_context.port(), name = m_report.policy.name, sha256 = std::move(sha256)](const Caller& caller, auto done) {
        auto digest = short_text(sha256, "digest");
        if (!digest) return done(fail(digest.error()));
        port.approve_policy(name, *digest, caller, std::move(done));
    });
}

void PolicyObject::Revoke(sdbus::Result<>&& reply)
{
    m_context.act(getObject(), std::move(reply), [&port = m_context.port(), name = m_report.policy.name](const Caller& caller, auto done) {
        port.revoke_policy(name, caller, std::move(done));
    });
}

std::string PolicyObject::Name()
{
    return m_context.property([&] { return wire::text_to_wire(m_report.policy.name); });
}

std::string PolicyObject::Describe()
{
    return m_context.property([&] { return wire::text_to_wire(m_report.policy.describe); });
}

std::string PolicyObject::File()
{
    return m_context.property([&] { return wire::text_to_wire(m_report.policy.file); });
}

std::string PolicyObject::Sha256()
{
    return m_context.property([&] { return wire::text_to_wire(m_report.policy.sha256); });
}

std::string PolicyObject::Mode()
{
    return m_context.property([&] { return std::string{to_string(m_report.policy.mode)}; });
}

wire::Strings PolicyObject::Findings()
{
    return m_context.property([&] { return wire::texts_to_wire(m_report.policy.findings); });
}

bool PolicyObject::Approved()
{
    return m_context.property([&] { return m_report.approval.has_value(); });
}

std::string PolicyObject::ApprovedBy()
{
    return m_context.property([&] { return m_report.approval ? wire::text_to_wire(m_report.approval->by) : std::string{}; });
}

} // namespace envfix::bus
