#include "fs/fault.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <mutex>
#include <string_view>

#ifdef ENVFIX_FAULTS
// The linker gathers the points of all objects in one section and names its ends.
extern "C" {
extern const char* const __start_envfix_faults[]
    __attribute__((weak)); // NOLINT(bugprone-reserved-identifier)
extern const char* const __stop_envfix_faults[]
    __attribute__((weak)); // NOLINT(bugprone-reserved-identifier)
}
#endif

namespace envfix::fs::fault {

namespace {

struct Armed {
    std::string name;
    std::string action;
    unsigned long nth = 1;
    bool onwards = false;
    unsigned long passed = 0;
};

Result<Armed> parse_one(std::string_view text)
{
    const auto malformed = [text] {
        return fail(ErrorCode::malformed,
                    "\"" + std::string(text) + "\" is not name=kill|enospc|eio|hang[:nth[+]]");
    };
    const auto equals = text.find('=');
    if (equals == text.npos || equals == 0) return malformed();
    Armed armed;
    armed.name = text.substr(0, equals);
    auto rest = text.substr(equals + 1);
    const auto colon = rest.find(':');
    armed.action = rest.substr(0, colon);
    if (armed.action != "kill" && armed.action != "enospc" && armed.action != "eio" &&
        armed.action != "hang")
        return malformed();
    if (colon == rest.npos) return armed;
    rest = rest.substr(colon + 1);
    if (rest.ends_with('+')) {
        armed.onwards = true;
        rest.remove_suffix(1);
    }
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), armed.nth);
    if (error != std::errc{} || end != rest.data() + rest.size() || armed.nth == 0)
        return malformed();
    return armed;
}

Result<std::vector<Armed>> parse(std::string_view text)
{
    std::vector<Armed> all;
    while (!text.empty()) {
        const auto comma = text.find(',');
        ENVFIX_TRY(auto one, parse_one(text.substr(0, comma)));
        all.push_back(std::move(one));
        text = comma == text.npos ? std::string_view{} : text.substr(comma + 1);
    }
    return all;
}

/// One for the process: the points are passed by code that knows nothing of each other.
struct State {
    std::mutex mutex;
    std::vector<Armed> armed;

    State()
    {
        const char* const text = std::getenv("ENVFIX_FAULT");
        if (text == nullptr) return;
        auto parsed = parse(text);
        if (parsed) armed = *std::move(parsed);
    }
};

State& state()
{
    static State the_state;
    return the_state;
}

void say(std::string_view action, std::string_view name)
{
    const std::string line = "fault: " + std::string(action) + " at " + std::string(name) + "\n";
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

} // namespace

std::vector<std::string> names()
{
    std::vector<std::string> all;
#ifdef ENVFIX_FAULTS
    if (__start_envfix_faults != nullptr) all.assign(__start_envfix_faults, __stop_envfix_faults);
#endif
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
}

Result<void> arm(const std::string& text)
{
    ENVFIX_TRY(auto armed, parse(text));
    auto& the_state = state();
    const std::lock_guard lock(the_state.mutex);
    the_state.armed = std::move(armed);
    return {};
}

std::optional<int> pass(const char* name)
{
    auto& the_state = state();
    std::string action;
    {
        const std::lock_guard lock(the_state.mutex);
        for (auto& armed : the_state.armed) {
            if (armed.name != name) continue;
            ++armed.passed;
            if (armed.passed == armed.nth || (armed.onwards && armed.passed > armed.nth))
                action = armed.action;
        }
    }
    if (action.empty()) return std::nullopt;
    if (action == "enospc") return ENOSPC;
    if (action == "eio") return EIO;
    say(action, name);
    if (action == "kill") ::kill(::getpid(), SIGKILL);
    for (;;)
        ::pause();
}

} // namespace envfix::fs::fault
