#include "desktop/notifications.hpp"

#include "bus/pump.hpp"
#include "wire/sdbus_compat.hpp"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace envfix::desktop {

namespace {

constexpr const char* k_name = "org.freedesktop.Notifications";
constexpr const char* k_path = "/org/freedesktop/Notifications";
constexpr std::uint64_t k_patience_us = 10'000'000;
constexpr std::string_view k_approve = "approve:";

using Capabilities = std::vector<std::string>;

bool contains(const Capabilities& all, const char* one)
{
    return std::ranges::find(all, one) != all.end();
}

} // namespace

std::string escape_markup(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&#39;"; break;
        default: out += c;
        }
    }
    return out;
}

struct Notifications::Impl {
    /// One message. While a call for it is under way its id is not known, and what is wanted next waits.
    struct Message {
        std::uint32_t id = 0; ///< the server's; 0: not known yet
        bool under_way = false;
        bool close = false;
        std::optional<Notice> next;
    };

    Impl(const asio::any_io_executor& executor, std::unique_ptr<sdbus::IConnection> opened, Heard heard_by)
        : connection(std::move(opened)), pump(executor, *connection), heard(std::move(heard_by)),
          bus(wire::make_proxy(*connection, "org.freedesktop.DBus", "/org/freedesktop/DBus"))
    {
    }

    /// A bus that is lost is noticed by the pump; a message that does not fit its signature is passed over.
    template <typename Work> void attempt(const Work& work) noexcept
    {
        try {
            work();
            pump.kick();
        } catch (const std::exception&) {
            pump.kick();
        }
    }

    void follow_the_server()
    {
        const std::string name = k_name;
        wire::add_match(*connection,
                        "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',member='NameOwnerChanged',"
                        "arg0='" + name + "'",
                        [this](auto&& message) {
                            attempt([&] {
                                std::string which;
                                std::string before;
                                std::string now;
                                message >> which >> before >> now;
                                server_is(now);
                            });
                        });
        listen("ActionInvoked", [this](auto& message) {
            std::uint32_t id = 0;
            std::string action;
            message >> id >> action;
            if (action.starts_with(k_approve) && find(id) != messages.end()) heard.approved(action.substr(k_approve.size()));
        });
        listen("NotificationClosed", [this](auto& message) {
            std::uint32_t id = 0;
            message >> id;
            const auto found = find(id);
            if (found == messages.end()) return;
            const auto key = found->first;
            messages.erase(found);
            heard.dismissed(key);
        });
        bus->callMethodAsync("GetNameOwner")
            .onInterface("org.freedesktop.DBus")
            .withTimeout(k_patience_us)
            .withArguments(name)
            .uponReplyInvoke([this](wire::AsyncError error, const std::string& now) {
                if (!error) server_is(now);
            });
    }

    template <typename Read> void listen(const char* member, Read read)
    {
        const auto rule = std::string{"type='signal',path='"} + k_path + "',interface='" + k_name + "',member='" + member + "'";
        wire::add_match(*connection, rule, [this, read](auto&& message) {
            attempt([&] {
                if (std::string{message.getSender()} == owner) read(message);
            });
        });
    }

    /// The message that the server knows by this id, if it is ours.
    std::map<std::string, Message>::iterator find(std::uint32_t id)
    {
        if (id == 0) return messages.end();
        return std::ranges::find_if(messages, [id](const auto& entry) { return entry.second.id == id; });
    }

    void server_is(const std::string& unique_name)
    {
        if (unique_name == owner) return;
        const bool was_there = std::exchange(ready, false);
        owner = unique_name;
        messages.clear();
        server.reset(); // what it still owes us is dropped
        if (was_there) heard.available(false);
        if (owner.empty()) return;
        server = wire::make_proxy(*connection, owner, k_path);
        server->callMethodAsync("GetCapabilities")
            .onInterface(k_name)
            .withTimeout(k_patience_us)
            .uponReplyInvoke([this](wire::AsyncError error, const Capabilities& can) {
                if (error) return; // it does not do what its name says
                has_markup = contains(can, "body-markup");
                has_actions = contains(can, "actions");
                ready = true;
                heard.available(true);
            });
    }

    void show(const std::string& key, const Notice& notice)
    {
        if (!ready) return;
        auto& message = messages[key];
        message.close = false;
        if (message.under_way) {
            message.next = notice;
        } else {
            send(key, message, notice);
        }
    }

    void send(const std::string& key, Message& message, const Notice& notice)
    {
        std::vector<std::string> actions;
        if (has_actions && !notice.action.empty()) actions = {std::string{k_approve} + notice.plan, notice.action};
        constexpr std::uint8_t k_normal = 1;
        const std::map<std::string, sdbus::Variant> hints{{"urgency", sdbus::Variant{k_normal}}};
        constexpr std::int32_t k_as_the_server_likes = -1;
        message.under_way = true;
        server->callMethodAsync("Notify")
            .onInterface(k_name)
            .withTimeout(k_patience_us)
            .withArguments(std::string{"envfix"}, message.id, std::string{"dialog-warning"}, notice.title,
                           has_markup ? escape_markup(notice.body) : notice.body, actions, hints, k_as_the_server_likes)
            .uponReplyInvoke([this, key](wire::AsyncError error, std::uint32_t id) {
                attempt([&] { shown(key, error ? 0 : id); });
            });
    }

    void shown(const std::string& key, std::uint32_t id)
    {
        const auto found = messages.find(key);
        if (found == messages.end()) return;
        auto& message = found->second;
        message.under_way = false;
        if (id != 0) message.id = id;
        if (message.close) {
            withdraw(key);
        } else if (const auto next = std::exchange(message.next, std::nullopt)) {
            send(key, message, *next);
        } else if (id == 0) {
            messages.erase(found);
        }
    }

    void withdraw(const std::string& key)
    {
        const auto found = messages.find(key);
        if (found == messages.end()) return;
        if (found->second.under_way) {
            found->second.close = true;
            found->second.next.reset();
            return;
        }
        const auto id = found->second.id;
        messages.erase(found);
        if (id == 0 || !server) return;
        server->callMethodAsync("CloseNotification")
            .onInterface(k_name)
            .withTimeout(k_patience_us)
            .withArguments(id)
            .uponReplyInvoke([](wire::AsyncError /*error*/) {}); // it may have expired meanwhile
    }

    // In this order: what is under way refers to the connection, and goes before it.
    std::unique_ptr<sdbus::IConnection> connection;
    bus::Pump pump;
    Heard heard;
    std::unique_ptr<sdbus::IProxy> bus;
    std::unique_ptr<sdbus::IProxy> server;
    std::string owner;  ///< unique name of the server; empty: nobody shows messages
    bool ready = false; ///< and it has said what it can
    bool has_markup = false;
    bool has_actions = false;
    std::map<std::string, Message> messages; ///< by key
};

Notifications::Notifications(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}

Notifications::~Notifications() = default;
Notifications::Notifications(Notifications&&) noexcept = default;
Notifications& Notifications::operator=(Notifications&&) noexcept = default;

Result<Notifications> Notifications::open(const asio::any_io_executor& executor, Heard heard)
{
    try {
        auto impl = std::make_unique<Impl>(executor, sdbus::createSessionBusConnection(), std::move(heard));
        impl->follow_the_server();
        return Notifications(std::move(impl));
    } catch (const std::exception& error) {
        return fail(ErrorCode::io, std::string{"no desktop notifications: "} + error.what());
    }
}

asio::awaitable<Result<void>> Notifications::run()
{
    return m_impl->pump.run();
}

void Notifications::show(const std::string& key, const Notice& notice)
{
    m_impl->attempt([&] { m_impl->show(key, notice); });
}

void Notifications::close(const std::string& key)
{
    m_impl->attempt([&] { m_impl->withdraw(key); });
}

} // namespace envfix::desktop
