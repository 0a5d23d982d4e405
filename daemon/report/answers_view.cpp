#include "report/text.hpp"
#include "report/views.hpp"
#include "report/words.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace envfix::report {

std::string explanation_text(const Style& style, const model::Explanation& explanation)
{
    std::string out = labelled(style, 0, "", 0, shown(explanation.code), Colour::bold);
    out += labelled(style, 0, "", 0, shown(explanation.title));
    const auto part = [&](const char* title, const std::string& text) {
        if (!text.empty()) out += '\n' + painted(style, Colour::bold, title) + '\n' + labelled(style, 2, "", 0, shown(text));
    };
    part("How it comes about", explanation.arises);
    if (!explanation.tell.empty()) {
        out += '\n' + painted(style, Colour::bold, "How to tell") + '\n';
        std::string_view commands = explanation.tell; // one a line
        while (!commands.empty()) {
            const auto end = commands.find('\n');
            out += labelled(style, 2, "", 0, shown(commands.substr(0, end)));
            commands.remove_prefix(end == std::string_view::npos ? commands.size() : end + 1);
        }
    }
    part("How it is fixed", explanation.fix);
    part("What not to do", explanation.avoid);
    return out;
}

std::string explanations_text(const Style& style, std::span<const model::Explanation> explanations, std::string_view program)
{
    const std::array<Column, 2> columns{Column{.title = "CODE", .keep = Column::k_always}, Column{.title = "WHAT IT IS", .keep = 1}};
    std::vector<std::vector<Cell>> rows;
    for (const auto& explanation : explanations) rows.push_back({{shown(explanation.code)}, {shown(explanation.title)}});
    return table(style, columns, rows) + '\n' + labelled_command(style, 0, "next", 4, std::string{program} + " explain CODE");
}

std::string causes_text(const Style& style, std::span<const model::Cause> causes)
{
    constexpr std::size_t k_label = 6;
    std::string out;
    for (const auto& cause : causes) {
        if (!out.empty()) out += '\n';
        out += labelled(style, 0, "", 0, shown(cause.code) + " (" + shown(cause.confidence) + ')', Colour::bold);
        out += labelled(style, 2, "", 0, shown(cause.explanation));
        if (!cause.text.empty()) {
            out += labelled(style, 2, cause.line == 0 ? std::string{"text"} : "line " + std::to_string(cause.line),
                            cause.line == 0 ? k_label : std::max<std::size_t>(k_label, 5 + std::to_string(cause.line).size()),
                            shown(cause.text), Colour::dim);
        }
        for (const auto& remedy : cause.remedies) out += labelled(style, 2, "remedy", k_label, shown(remedy));
    }
    return out;
}

std::string doctor_text(const Style& style, const model::Doctor& doctor)
{
    constexpr std::size_t k_label = 18;
    std::string out = labelled(style, 0, "", 0,
                               "envfixd " + shown(doctor.daemon.version) + dot(style) + shown(doctor.daemon.instance) +
                                   dot(style) + shown(doctor.daemon.state),
                               Colour::bold);
    for (const auto& check : doctor.checks) {
        const auto colour = check.state == "error" ? Colour::red : Colour::yellow;
        const std::string sign = check.state == "ok" ? (style.unicode ? "✓" : "+")
                                                : (check.state == "error" ? (style.unicode ? "✗" : "x") : "!");
        const auto label = sign + (' ' + fit_end(style, shown(check.topic), k_label - 2));
        out += labelled(style, 0, label, k_label, shown(check.text), check.state == "ok" ? Colour::none : colour);
        if (!check.advice.empty()) out += labelled(style, 0, "", k_label, shown(check.advice), Colour::cyan);
    }
    for (const auto& text : doctor.daemon.degraded) out += labelled(style, 0, "!", 1, shown(text), Colour::yellow);
    for (std::size_t i = 0; i < doctor.roots.size(); ++i) {
        out += labelled_path(style, 0, i == 0 ? "  roots" : "", k_label, shown(doctor.roots[i]));
    }
    return out;
}

} // namespace envfix::report
