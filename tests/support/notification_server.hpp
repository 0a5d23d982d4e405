#pragma once

#include <systemd/sd-bus.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace envfix {

/// A stand-in for a desktop: org.freedesktop.Notifications on the session bus, which shows nothing and writes everything
/// down. It is no notification server of any desktop; it does what the specification (1.2) says of the four members that
/// are used. On a thread and a connection of its own.
class NotificationServer {
public:
    struct Shown {
        std::uint32_t id = 0;
        std::uint32_t replaces = 0;
        std::string title;
        std::string body;
        std::vector<std::string> actions;
    };

    explicit NotificationServer(std::vector<std::string> can = {"body", "body-markup", "actions"}) : m_can(std::move(can))
    {
        m_thread = std::thread([this] { serve(); });
        while (!m_ready) std::this_thread::yield();
        if (m_failed) {
            m_thread.join();
            throw std::runtime_error("the stand-in for a notification server does not start");
        }
    }

    ~NotificationServer()
    {
        m_stop = true;
        if (m_thread.joinable()) m_thread.join();
    }

    NotificationServer(const NotificationServer&) = delete;
    NotificationServer& operator=(const NotificationServer&) = delete;
    NotificationServer(NotificationServer&&) = delete;
    NotificationServer& operator=(NotificationServer&&) = delete;

    /// Every call of Notify, in order.
    std::vector<Shown> shown()
    {
        const std::lock_guard lock(m_mutex);
        return m_shown;
    }

    /// The ids that CloseNotification named, in order.
    std::vector<std::uint32_t> closed()
    {
        const std::lock_guard lock(m_mutex);
        return m_closed;
    }

    void press(std::uint32_t id, const std::string& action)
    {
        const std::lock_guard lock(m_mutex);
        m_to_send.emplace_back([id, action](sd_bus* bus) {
            ::sd_bus_emit_signal(bus, k_path, k_name, "ActionInvoked", "us", id, action.c_str());
        });
    }

    /// The person closes it.
    void dismiss(std::uint32_t id)
    {
        const std::lock_guard lock(m_mutex);
        constexpr std::uint32_t k_by_the_person = 2;
        m_to_send.emplace_back([id](sd_bus* bus) {
            ::sd_bus_emit_signal(bus, k_path, k_name, "NotificationClosed", "uu", id, k_by_the_person);
        });
    }

private:
    static constexpr const char* k_name = "org.freedesktop.Notifications";
    static constexpr const char* k_path = "/org/freedesktop/Notifications";

    static int get_capabilities(sd_bus_message* call, void* self, sd_bus_error* /*error*/)
    {
        auto& server = *static_cast<NotificationServer*>(self);
        std::vector<char*> words;
        for (auto& word : server.m_can) words.push_back(word.data());
        words.push_back(nullptr);
        sd_bus_message* reply = nullptr;
        ::sd_bus_message_new_method_return(call, &reply);
        ::sd_bus_message_append_strv(reply, words.data());
        const int sent = ::sd_bus_send(nullptr, reply, nullptr);
        ::sd_bus_message_unref(reply);
        return sent;
    }

    static int notify(sd_bus_message* call, void* self, sd_bus_error* /*error*/)
    {
        auto& server = *static_cast<NotificationServer*>(self);
        const char* app = nullptr;
        const char* icon = nullptr;
        const char* title = nullptr;
        const char* body = nullptr;
        Shown shown;
        ::sd_bus_message_read(call, "susss", &app, &shown.replaces, &icon, &title, &body);
        char** actions = nullptr;
        ::sd_bus_message_read_strv(call, &actions);
        for (char** each = actions; each != nullptr && *each != nullptr; ++each) {
            shown.actions.emplace_back(*each);
            ::free(*each);
        }
        ::free(actions);
        shown.title = title;
        shown.body = body;
        const std::lock_guard lock(server.m_mutex);
        shown.id = shown.replaces != 0 ? shown.replaces : ++server.m_last;
        server.m_shown.push_back(shown);
        return ::sd_bus_reply_method_return(call, "u", shown.id);
    }

    static int close_notification(sd_bus_message* call, void* self, sd_bus_error* /*error*/)
    {
        auto& server = *static_cast<NotificationServer*>(self);
        std::uint32_t id = 0;
        ::sd_bus_message_read(call, "u", &id);
        {
            const std::lock_guard lock(server.m_mutex);
            server.m_closed.push_back(id);
        }
        constexpr std::uint32_t k_by_a_call = 3;
        ::sd_bus_emit_signal(::sd_bus_message_get_bus(call), k_path, k_name, "NotificationClosed", "uu", id, k_by_a_call);
        return ::sd_bus_reply_method_return(call, "");
    }

    void serve()
    {
        static const sd_bus_vtable k_members[] = {SD_BUS_VTABLE_START(0),
                                                  SD_BUS_METHOD("GetCapabilities", "", "as", get_capabilities, 0),
                                                  SD_BUS_METHOD("Notify", "susssasa{sv}i", "u", notify, 0),
                                                  SD_BUS_METHOD("CloseNotification", "u", "", close_notification, 0),
                                                  SD_BUS_VTABLE_END};
        sd_bus* bus = nullptr;
        m_failed = ::sd_bus_open_user(&bus) < 0 ||
                   ::sd_bus_add_object_vtable(bus, nullptr, k_path, k_name, k_members, this) < 0 ||
                   ::sd_bus_request_name(bus, k_name, 0) < 0;
        m_ready = true;
        while (!m_failed && !m_stop) {
            {
                const std::lock_guard lock(m_mutex);
                for (const auto& send : m_to_send) send(bus);
                m_to_send.clear();
            }
            while (::sd_bus_process(bus, nullptr) > 0) {
            }
            ::sd_bus_flush(bus);
            constexpr std::uint64_t k_wait_us = 2000;
            ::sd_bus_wait(bus, k_wait_us);
        }
        ::sd_bus_flush_close_unref(bus);
    }

    std::vector<std::string> m_can;
    std::mutex m_mutex;
    std::vector<Shown> m_shown;
    std::vector<std::uint32_t> m_closed;
    std::vector<std::function<void(sd_bus*)>> m_to_send;
    std::uint32_t m_last = 0;
    std::atomic<bool> m_ready = false;
    std::atomic<bool> m_stop = false;
    bool m_failed = false;
    std::thread m_thread;
};

} // namespace envfix
