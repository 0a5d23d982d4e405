#include "report/text.hpp"
#include "report/views.hpp"
#include "report/words.hpp"

#include <algorithm>

namespace envfix::report {

namespace {

std::string event_line(const Style& style, std::string_view kind, std::string_view path, std::string_view state,
                       Colour colour, std::string_view rest)
{
    const auto width = columns_of(style);
    const auto head = fit_end(style, kind, width / 3) + ' ';
    const auto word = fit_end(style, state, width / 3);
    const auto used = display_width(head) + display_width(word) + 1;
    const auto left = width - used;
    const auto shown_path = fit_middle(style, shown(path), rest.empty() ? left : left / 2);
    auto out = painted(style, Colour::dim, head) + shown_path + ' ' + painted(style, colour, word);
    const auto so_far = used + display_width(shown_path);
    if (!rest.empty() && so_far + 10 < width) out += "  " + fit_end(style, rest, width - so_far - 2);
    return out += '\n';
}

} // namespace

std::string event_text(const Style& style, const model::EnvironmentReport& changed)
{
    const auto rest = changed.findings.empty() ? changed.state_reason : changed.findings.front().summary;
    return event_line(style, "environment", changed.path, to_string(changed.state),
                      sign_of(style, changed.state).colour, shown(rest));
}

std::string event_text(const Style& style, const model::Plan& changed)
{
    return event_line(style, "plan " + shown(changed.id), changed.environment_path, to_string(changed.state),
                      Colour::none, shown(changed.policy));
}

std::string event_text(const Style& style, const model::Run& changed)
{
    return event_line(style, "run " + shown(changed.id), changed.environment_path, to_string(changed.state),
                      colour_of(changed.state), shown(changed.summary));
}

std::string event_text(const Style& style, const model::DaemonReport& changed)
{
    return event_line(style, "daemon", changed.instance, shown(changed.state), Colour::none, joined(changed.degraded));
}

std::string event_text(const Style& style, std::string_view run_id, const model::RunEvent& event)
{
    const auto width = columns_of(style);
    const auto head = "run " + shown(run_id) + "  " + shown(event.step);
    const auto used = std::min(display_width(head), width - 10);
    return painted(style, Colour::dim, fit_end(style, head, used)) + "  " +
           fit_end(style, shown(event.text), width - used - 2) + '\n';
}

std::string removed_text(const Style& style, std::string_view path)
{
    return event_line(style, "environment", path, "gone", Colour::dim, {});
}

} // namespace envfix::report
