// A stand-in for a desktop's notification server, for scenarios: prints what it is asked to show as one JSON document a line,
// and does what it reads: "press ID ACTION", "dismiss ID". Ends with its input.
#include "support/notification_server.hpp"

#include <nlohmann/json.hpp>

#include <poll.h>
#include <unistd.h>

#include <iostream>
#include <sstream>
#include <string>

namespace {

void obey(envfix::NotificationServer& server, const std::string& line)
{
    std::istringstream words(line);
    std::string verb;
    std::uint32_t id = 0;
    std::string action;
    words >> verb >> id >> action;
    if (verb == "press") server.press(id, action);
    if (verb == "dismiss") server.dismiss(id);
}

} // namespace

int main()
{
    envfix::NotificationServer server;
    std::cout << "{\"ready\":true}" << std::endl;
    std::size_t printed = 0;
    std::size_t closed = 0;
    std::string input;
    for (;;) {
        const auto shown = server.shown();
        for (; printed < shown.size(); ++printed) {
            const auto& each = shown[printed];
            std::cout << nlohmann::json{{"id", each.id}, {"replaces", each.replaces}, {"title", each.title}, {"body", each.body},
                                        {"actions", each.actions}}
                             .dump()
                      << std::endl;
        }
        const auto gone = server.closed();
        for (; closed < gone.size(); ++closed) std::cout << nlohmann::json{{"closed", gone[closed]}}.dump() << std::endl;
        pollfd waits{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
        constexpr int k_wait_ms = 5;
        if (::poll(&waits, 1, k_wait_ms) <= 0) continue;
        char buffer[256];
        const auto size = ::read(STDIN_FILENO, buffer, sizeof buffer);
        if (size <= 0) return 0;
        input.append(buffer, static_cast<std::size_t>(size));
        for (auto end = input.find('\n'); end != std::string::npos; end = input.find('\n')) {
            obey(server, input.substr(0, end));
            input.erase(0, end + 1);
        }
    }
}
