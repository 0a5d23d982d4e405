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

std::string place_of(const model::EnvironmentReport& report)
{
    const bool shared = report.kind == model::EnvironmentKind::system && !report.interpreter_path.empty();
    return shown(shared ? report.interpreter_path : report.path);
}

std::string sentence_of(const model::Finding& finding)
{
    const auto code = shown(finding.code);
    return finding.summary.empty() ? code : shown(finding.summary) + " (" + code + ')';
}

std::string next_block(const Style& style, std::size_t indent, std::size_t label_columns, const NextStep& next)
{
    std::string out;
    switch (next.kind) {
    case NextStep::Kind::none: return out;
    case NextStep::Kind::command: out = labelled_command(style, indent, "next", label_columns, next.text); break;
    case NextStep::Kind::sentence: out = labelled(style, indent, "next", label_columns, next.text, Colour::cyan); break;
    case NextStep::Kind::advice: out = labelled_advice(style, indent, "next", label_columns, next.text); break;
    }
    if (!next.note.empty()) out += labelled(style, indent, "", label_columns, next.note, Colour::dim);
    return out;
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
