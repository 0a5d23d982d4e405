#include "bus/polkit.hpp"

#include "wire/sdbus_compat.hpp"

#include <exception>
#include <map>
#include <string>
#include <utility>

namespace envfix::bus {

namespace {

constexpr const char* k_authority = "org.freedesktop.PolicyKit1.Authority";
constexpr std::uint32_t k_allow_interaction = 1;

using Verdict = sdbus::Struct<bool, bool, std::map<std::string, std::string>>; ///< is authorised, could be asked, details

std::string doing(Right right)
{
    return " (" + std::string{action_of(right)} + ")";
}

} // namespace

Polkit::Polkit(sdbus::IConnection& connection, std::function<void()> kick) : Polkit(connection, std::move(kick), Patience{}) {}

Polkit::Polkit(sdbus::IConnection& connection, std::function<void()> kick, Patience patience)
    : m_kick(std::move(kick)), m_patience(patience),
      m_proxy(wire::make_proxy(connection, "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority"))
{
}

void Polkit::ask(const Caller& caller, Right right, Answer answer)
{
    if (m_pending[caller.uid] >= m_patience.per_user) {
        answer(fail(ErrorCode::busy, "too many questions to you are open; answer or dismiss one"));
        return;
    }
    const auto question = "envfix-" + std::to_string(++m_asked);
    std::map<std::string, sdbus::Variant> name{{"name", sdbus::Variant{caller.bus_name}}};
    const sdbus::Struct<std::string, std::map<std::string, sdbus::Variant>> subject{"system-bus-name", std::move(name)};
    const std::map<std::string, std::string> details;
    ++m_pending[caller.uid];
    try {
        m_proxy->callMethodAsync("CheckAuthorization")
            .onInterface(k_authority)
            .withTimeout(m_patience.usec)
            .withArguments(subject, std::string{action_of(right)}, details, k_allow_interaction, question)
            .uponReplyInvoke([this, answer, right, question, uid = caller.uid](wire::AsyncError error, const Verdict& verdict) {
                ended(uid);
                if (error) {
                    cancel(question);
                    answer(fail(ErrorCode::denied, "polkit does not say whether you may do this" + doing(right) + ": " +
                                                       wire::message_of(*error)));
                } else if (std::get<0>(verdict)) {
                    answer({});
                } else {
                    answer(fail(ErrorCode::denied, "you may not do this" + doing(right) + "; ask an administrator, or use sudo"));
                }
            });
        m_kick();
    } catch (const std::exception& thrown) {
        ended(caller.uid);
        answer(fail(ErrorCode::denied, "polkit cannot be asked" + doing(right) + ": " + thrown.what()));
    }
}

void Polkit::cancel(const std::string& question)
{
    try {
        m_proxy->callMethodAsync("CancelCheckAuthorization")
            .onInterface(k_authority)
            .withArguments(question)
            .uponReplyInvoke([](wire::AsyncError /*error*/) {}); // there may be nothing to cancel any more
        m_kick();
    } catch (const std::exception&) {
        return; // the bus is gone, and the question with it
    }
}

void Polkit::ended(uid_t uid)
{
    const auto found = m_pending.find(uid);
    if (found != m_pending.end() && --found->second == 0) m_pending.erase(found);
}

} // namespace envfix::bus
