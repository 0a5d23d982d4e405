#include "bus/context.hpp"

#include "wire/sdbus_compat.hpp"

#include <unistd.h>

#include <chrono>

namespace envfix::bus {

Context::Context(Port& port, Audience& audience, Credentials credentials, Limits limits, std::function<void()> kick,
                 Authority* authority)
    : m_port(port), m_audience(audience), m_credentials(std::move(credentials)), m_quota(limits), m_own_uid(::geteuid()),
      m_kick(std::move(kick)), m_authority(authority)
{
}

Context::~Context()
{
    const auto owed = std::exchange(m_owed, {});
    for (const auto& one : owed) one->refuse({.code = ErrorCode::cancelled, .message = "the daemon is stopping"});
}

Result<Context::Admitted> Context::admit(const sdbus::IObject& object)
{
    auto name = wire::sender_of(object);
    ENVFIX_TRY(const auto uid, m_credentials.uid_of(name));
    if (m_authority == nullptr && uid != m_own_uid) return fail(ErrorCode::denied, "this is the daemon of another user");
    if (!m_quota.take(uid, std::chrono::steady_clock::now())) {
        return fail(ErrorCode::busy, "too many calls; try again in a second");
    }
    Admitted admitted{.caller = {.uid = uid, .bus_name = std::move(name)}, .ask = std::nullopt};
    if (m_authority == nullptr) return admitted;
    const auto [interface, member] = wire::called_on(object);
    const auto right = right_to_call(interface, member);
    if (!right) return fail(ErrorCode::denied, "nobody may call " + member);
    if (*right != Right::see) admitted.ask = right;
    return admitted;
}

void Context::settle(const std::shared_ptr<Owed>& owed)
{
    if (m_owed.erase(owed) != 0) m_quota.ended(owed->uid);
    m_kick();
}

Context::Ticket::~Ticket()
{
    const auto still = owed.lock();
    if (!still) return;
    still->refuse({.code = ErrorCode::cancelled, .message = "the daemon gave this up"});
    context->settle(still);
}

} // namespace envfix::bus
