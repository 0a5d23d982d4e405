#pragma once

#include "base/result.hpp"
#include "bus/audience.hpp"
#include "bus/authority.hpp"
#include "bus/credentials.hpp"
#include "bus/port.hpp"
#include "bus/quota.hpp"
#include "wire/errors.hpp"

#include <sdbus-c++/IObject.h>
#include <sdbus-c++/MethodResult.h>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace envfix::bus {

/// What every object of the service shares: the port, who may call, and the replies that are owed.
///
/// `answer`, `act` and `property` are the guard of THREATS.md B7: whatever goes wrong inside becomes an error reply. sdbus-c++
/// takes an `sdbus::Error`, and would end the process for anything else.
class Context {
public:
    /// With an `authority` (the system bus) every user may call, and it is asked before a method begins that does more than show;
    /// without one, only our own user may.
    Context(Port& port, Audience& audience, Credentials credentials, Limits limits, std::function<void()> kick, Authority* authority);
    ~Context();
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    Context(Context&&) = delete;
    Context& operator=(Context&&) = delete;

    [[nodiscard]] Port& port() const { return m_port; }
    [[nodiscard]] Audience& audience() const { return m_audience; }

    /// The reply to a method that answers from memory: `work(caller)` gives a `Result` of it.
    template <typename Work> auto answer(const sdbus::IObject& object, const Work& work)
    {
        return guarded([&]() -> std::invoke_result_t<Work, const Caller&> {
            ENVFIX_TRY(const auto admitted, admit(object));
            if (admitted.ask) return fail(ErrorCode::denied, "this method has no way to ask");
            return work(admitted.caller);
        });
    }

    /// The value of a property.
    template <typename Work> auto property(const Work& work)
    {
        using Value = std::invoke_result_t<Work>;
        return guarded([&]() { return Result<Value>(work()); });
    }

    /// A method that lasts: `start(caller, done)` begins it, `pack` makes the reply of its outcome, a tuple where it has several
    /// values. A `done` that is dropped uncalled becomes an error as well: nobody waits for ever. `start` is called later, or
    /// never, where somebody has to be asked first: it owns what it needs.
    template <typename T, typename... Out, typename Start, typename Pack>
    void act(const sdbus::IObject& object, sdbus::Result<Out...>&& reply, Start start, Pack pack);

    /// The same for an action that only succeeds or fails.
    template <typename Start> void act(const sdbus::IObject& object, sdbus::Result<>&& reply, Start start)
    {
        act<void>(object, std::move(reply), std::move(start), [] {});
    }

private:
    struct Owed {
        Owed() = default;
        Owed(const Owed&) = delete;
        Owed& operator=(const Owed&) = delete;
        Owed(Owed&&) = delete;
        Owed& operator=(Owed&&) = delete;
        virtual ~Owed() = default;
        virtual void refuse(const Error& error) noexcept = 0;
        uid_t uid = 0;
    };

    template <typename... Out> struct OwedOf final : Owed {
        explicit OwedOf(sdbus::Result<Out...>&& taken) : reply(std::move(taken)) {}

        void refuse(const Error& error) noexcept override
        {
            try {
                reply.returnError(wire::to_dbus(error));
            } catch (const std::exception&) {
                // The caller or the bus is gone: nobody is left to be told.
                return;
            }
        }

        sdbus::Result<Out...> reply;
    };

    /// Lives in the `done` of one call; the last copy of it that goes refuses what is still owed.
    struct Ticket {
        Context* context = nullptr;
        std::weak_ptr<Owed> owed; ///< empty once the context is gone, or the reply is sent

        Ticket(Context* of, std::weak_ptr<Owed> what) : context(of), owed(std::move(what)) {}
        Ticket(const Ticket&) = delete;
        Ticket& operator=(const Ticket&) = delete;
        Ticket(Ticket&&) = delete;
        Ticket& operator=(Ticket&&) = delete;
        ~Ticket();
    };

    template <typename Work> static auto guarded(const Work& work)
    {
        Error error{.code = ErrorCode::io, .message = "the daemon could not answer"};
        try {
            auto result = work();
            if (result) return *std::move(result);
            error = std::move(result).error();
        } catch (const std::exception& thrown) {
            error.message.append(": ").append(thrown.what());
        } catch (...) {
            error.message.append(": unknown exception");
        }
        throw wire::to_dbus(error);
    }

    struct Admitted {
        Caller caller;
        std::optional<Right> ask; ///< what the authority has to be asked first
    };

    Result<Admitted> admit(const sdbus::IObject& object);
    void settle(const std::shared_ptr<Owed>& owed);

    Port& m_port;
    Audience& m_audience;
    Credentials m_credentials;
    Quota m_quota;
    uid_t m_own_uid;
    std::function<void()> m_kick;
    Authority* m_authority; ///< null: none is asked
    std::set<std::shared_ptr<Owed>> m_owed; ///< gone before the connection is: a reply refers to it
};

template <typename T, typename... Out, typename Start, typename Pack>
void Context::act(const sdbus::IObject& object, sdbus::Result<Out...>&& reply, Start start, Pack pack)
{
    const auto owed = std::make_shared<OwedOf<Out...>>(std::move(reply));
    const std::weak_ptr<OwedOf<Out...>> known = owed;
    // Outlives `start`: where that throws, the last copy of `done` goes first, and would say something less useful.
    const auto ticket = std::make_shared<Ticket>(this, known);
    const auto give_up = [&](std::string_view why) {
        if (ticket->owed.expired()) return;
        ticket->owed.reset();
        owed->refuse({.code = ErrorCode::io, .message = std::string{"the daemon could not answer: "}.append(why)});
        settle(owed);
    };
    try {
        const auto admitted = admit(object);
        if (!admitted) {
            ticket->owed.reset();
            return owed->refuse(admitted.error());
        }
        const auto& caller = admitted->caller;
        if (!m_quota.begin(caller.uid)) {
            ticket->owed.reset();
            return owed->refuse({.code = ErrorCode::busy, .message = "too many calls are under way; wait for one to end"});
        }
        owed->uid = caller.uid;
        m_owed.insert(owed);
        Done<T> done([known, ticket, pack](Result<T> outcome) {
            const auto mine = known.lock();
            if (!mine || ticket->owed.expired()) return;
            ticket->owed.reset();
            try {
                if (!outcome) {
                    mine->refuse(outcome.error());
                } else if constexpr (std::is_void_v<T>) {
                    mine->reply.returnResults();
                } else if constexpr (sizeof...(Out) > 1) {
                    std::apply([&](const auto&... values) { mine->reply.returnResults(values...); }, pack(*outcome));
                } else {
                    mine->reply.returnResults(pack(*outcome));
                }
            } catch (const std::exception& thrown) {
                mine->refuse({.code = ErrorCode::io, .message = std::string{"the answer cannot be sent: "} + thrown.what()});
            }
            ticket->context->settle(mine);
        });
        if (!admitted->ask) return start(caller, std::move(done));
        m_authority->ask(caller, *admitted->ask, [start = std::move(start), caller, done](Result<void> may) mutable {
            try {
                if (!may) return done(fail(may.error()));
                start(caller, std::move(done));
            } catch (const std::exception&) {
                return; // the last copy of `done` tells the caller
            }
        });
    } catch (const std::exception& thrown) {
        give_up(thrown.what());
    } catch (...) {
        give_up("unknown exception");
    }
}

} // namespace envfix::bus
