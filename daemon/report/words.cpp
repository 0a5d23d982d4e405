#include "report/words.hpp"

#include "report/text.hpp"

namespace envfix::report {

Sign sign_of(const Style& style, model::EnvironmentState state)
{
    using model::EnvironmentState;
    const auto sign = [&](const char* unicode, const char* ascii, Colour colour) {
        return Sign{.text = style.unicode ? unicode : ascii, .colour = colour};
    };
    switch (state) {
    case EnvironmentState::healthy: return sign("✓", "+", Colour::green);
    case EnvironmentState::degraded: return sign("!", "!", Colour::yellow);
    case EnvironmentState::broken: return sign("✗", "x", Colour::red);
    case EnvironmentState::fixing: return sign("~", "~", Colour::cyan);
    case EnvironmentState::awaiting_approval: return sign("✗", "x", Colour::red);
    case EnvironmentState::quarantined: return sign("✗", "x", Colour::red);
    case EnvironmentState::unverifiable: return sign("?", "?", Colour::yellow);
    }
    return {};
}

Sign sign_of(const Style& style, model::Severity severity)
{
    switch (severity) {
    case model::Severity::error: return {.text = style.unicode ? "✗" : "x", .colour = Colour::red};
    case model::Severity::warning: return {.text = "!", .colour = Colour::yellow};
    case model::Severity::info: return {.text = style.unicode ? "·" : "-", .colour = Colour::dim};
    }
    return {};
}

Colour colour_of(model::RunState state)
{
    switch (state) {
    case model::RunState::fixed: return Colour::green;
    case model::RunState::running: return Colour::cyan;
    case model::RunState::undone: return Colour::none;
    case model::RunState::reverted:
    case model::RunState::failed:
    case model::RunState::conflict: return Colour::red;
    }
    return Colour::none;
}

std::string counted(std::uint64_t number, std::string_view one, std::string_view many)
{
    return std::to_string(number).append(" ").append(number == 1 ? one : many);
}

std::string joined(std::span<const std::string> texts, std::string_view between)
{
    std::string out;
    for (const auto& text : texts) {
        if (!out.empty()) out += between;
        out += shown(text);
    }
    return out;
}

std::string dot(const Style& style)
{
    return style.unicode ? " · " : " - ";
}

} // namespace envfix::report
