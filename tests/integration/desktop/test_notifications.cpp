#include "desktop/notifications.hpp"
#include "support/catch.hpp"
#include "support/notification_server.hpp"
#include "support/private_bus.hpp"
#include "support/temp_folder.hpp"

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include <unistd.h>

#include <cstdlib>
#include <optional>

using namespace envfix;
using namespace std::chrono_literals;
using desktop::Notice;
using desktop::Notifications;

namespace {

using Strings = std::vector<std::string>;

/// The daemon's side on a bus of its own; what it hears is written down.
struct Desk {
    PrivateBus bus;
    asio::io_context io{1};
    Strings heard;
    std::optional<Notifications> notifications;
    std::optional<Result<void>> ended;

    Desk()
    {
        auto opened = Notifications::open(
            io.get_executor(),
            {.available = [this](bool somebody) { heard.emplace_back(somebody ? "available" : "nobody"); },
             .approved = [this](const std::string& digest) { heard.push_back("approved " + digest); },
             .dismissed = [this](const std::string& key) { heard.push_back("dismissed " + key); }});
        REQUIRE(opened);
        notifications.emplace(std::move(*opened));
        asio::co_spawn(io, notifications->run(), [this](std::exception_ptr thrown, Result<void> result) {
            if (thrown) std::rethrow_exception(thrown);
            ended = std::move(result);
        });
    }

    template <typename Condition> bool until(const Condition& holds)
    {
        const auto end = std::chrono::steady_clock::now() + 10s;
        while (!holds() && std::chrono::steady_clock::now() < end) {
            io.restart();
            io.run_for(2ms);
        }
        return holds();
    }
};

Notice notice(const std::string& title)
{
    return {.title = title, .body = "<b>\"a\" & 'b'</b>", .action = "Repair", .plan = "0123abcd"};
}

} // namespace

TEST_CASE("a message is shown, replaced and closed, each by the id that the server gave")
{
    Desk desk;
    NotificationServer server;
    REQUIRE(desk.until([&] { return desk.heard == Strings{"available"}; }));
    desk.notifications->show("a", notice("first"));
    desk.notifications->show("a", notice("second")); // before the first one's id is known
    desk.notifications->show("b", notice("other"));
    REQUIRE(desk.until([&] { return server.shown().size() == 3; }));
    const auto shown = server.shown();
    const auto second = std::ranges::find(shown, "second", &NotificationServer::Shown::title);
    const auto first = std::ranges::find(shown, "first", &NotificationServer::Shown::title);
    REQUIRE(second != shown.end());
    REQUIRE(first != shown.end());
    CHECK(first->replaces == 0);
    CHECK(second->replaces == first->id);
    CHECK(first->body == "&lt;b&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/b&gt;");
    CHECK(first->actions == Strings{"approve:0123abcd", "Repair"});

    desk.notifications->close("a");
    desk.notifications->close("unknown");
    REQUIRE(desk.until([&] { return !server.closed().empty(); }));
    CHECK(server.closed() == std::vector<std::uint32_t>{first->id});
    desk.notifications->show("a", notice("third"));
    REQUIRE(desk.until([&] { return server.shown().size() == 4; }));
    CHECK(server.shown().back().replaces == 0);
    CHECK(desk.heard == Strings{"available"}); // our own closing is no news
}

TEST_CASE("a message that is closed before the server has answered does not stay")
{
    Desk desk;
    NotificationServer server;
    REQUIRE(desk.until([&] { return !desk.heard.empty(); }));
    desk.notifications->show("a", notice("short"));
    desk.notifications->close("a");
    REQUIRE(desk.until([&] { return !server.closed().empty(); }));
    CHECK(server.closed() == std::vector<std::uint32_t>{server.shown().front().id});
}

TEST_CASE("what the person does with a message is heard, and what is about another's message is not")
{
    Desk desk;
    NotificationServer server;
    REQUIRE(desk.until([&] { return !desk.heard.empty(); }));
    desk.notifications->show("a", notice("x"));
    REQUIRE(desk.until([&] { return server.shown().size() == 1; }));
    const auto id = server.shown().front().id;
    server.press(id + 1, "approve:ffff");
    server.press(id, "default");
    server.press(id, "approve:0123abcd");
    REQUIRE(desk.until([&] { return desk.heard.size() == 2; }));
    server.dismiss(id + 1);
    server.dismiss(id);
    REQUIRE(desk.until([&] { return desk.heard.size() == 3; }));
    CHECK(desk.heard == Strings{"available", "approved 0123abcd", "dismissed a"});
}

TEST_CASE("signals of somebody who is not the server are not believed")
{
    Desk desk;
    NotificationServer server;
    REQUIRE(desk.until([&] { return !desk.heard.empty(); }));
    desk.notifications->show("a", notice("x"));
    REQUIRE(desk.until([&] { return server.shown().size() == 1; }));
    const auto id = server.shown().front().id;
    sd_bus* stranger = nullptr;
    REQUIRE(::sd_bus_open_user(&stranger) >= 0);
    REQUIRE(::sd_bus_emit_signal(stranger, "/org/freedesktop/Notifications", "org.freedesktop.Notifications", "ActionInvoked", "us",
                                 id, "approve:ffff") >= 0);
    REQUIRE(::sd_bus_emit_signal(stranger, "/org/freedesktop/Notifications", "org.freedesktop.Notifications", "ActionInvoked", "s",
                                 "of another shape") >= 0);
    ::sd_bus_flush_close_unref(stranger);
    server.press(id, "approve:0123abcd");
    REQUIRE(desk.until([&] { return desk.heard.size() == 2; }));
    CHECK(desk.heard.back() == "approved 0123abcd");
}

TEST_CASE("where nobody shows messages nothing is sent and nobody is started")
{
    Desk desk;
    desk.notifications->show("a", notice("x"));
    desk.notifications->close("a");
    {
        NotificationServer server({"body"});
        REQUIRE(desk.until([&] { return desk.heard == Strings{"available"}; }));
        desk.notifications->show("b", notice("y"));
        REQUIRE(desk.until([&] { return server.shown().size() == 1; }));
        CHECK(server.shown().front().body == "<b>\"a\" & 'b'</b>"); // it said that it reads no markup
        CHECK(server.shown().front().actions.empty());
    }
    REQUIRE(desk.until([&] { return desk.heard == Strings{"available", "nobody"}; }));
    desk.notifications->show("c", notice("z"));
    NotificationServer next;
    REQUIRE(desk.until([&] { return desk.heard.size() == 3; }));
    desk.notifications->show("d", notice("last"));
    REQUIRE(desk.until([&] { return next.shown().size() == 1; }));
    CHECK(next.shown().front().title == "last");
}

TEST_CASE("a server that the bus could start is not started")
{
    const TempFolder folder;
    const auto mark = folder / "started";
    folder.file("dbus-1/services/org.freedesktop.Notifications.service",
                 "[D-BUS Service]\nName=org.freedesktop.Notifications\nExec=/bin/touch " + mark + "\n");
    ::setenv("XDG_DATA_HOME", folder.path().c_str(), 1); // the bus reads it at its start
    Desk desk;
    ::unsetenv("XDG_DATA_HOME");
    int turns = 0;
    desk.until([&] {
        desk.notifications->show("a", notice("x"));
        return ++turns > 50;
    });
    CHECK(::access(mark.c_str(), F_OK) != 0);

    // The bus could: any plain call starts it.
    sd_bus* somebody = nullptr;
    REQUIRE(::sd_bus_open_user(&somebody) >= 0);
    (void)::sd_bus_call_method(somebody, "org.freedesktop.Notifications", "/org/freedesktop/Notifications",
                               "org.freedesktop.Notifications", "GetCapabilities", nullptr, nullptr, nullptr);
    ::sd_bus_flush_close_unref(somebody);
    CHECK(::access(mark.c_str(), F_OK) == 0);
}

TEST_CASE("a bus that goes away ends it with a value")
{
    Desk desk;
    desk.bus.stop();
    REQUIRE(desk.until([&] { return desk.ended.has_value(); }));
    CHECK(desk.ended->error().code == ErrorCode::io);
    desk.notifications->show("a", notice("x"));
}
