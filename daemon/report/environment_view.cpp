#include "report/next_step.hpp"
#include "report/text.hpp"
#include "report/views.hpp"
#include "report/words.hpp"

#include <algorithm>
#include <array>

namespace envfix::report {

namespace {

std::string python_of(const model::EnvironmentReport& report)
{
    std::string name = shown(report.interpreter_implementation);
    if (name == "cpython") name = "CPython";
    if (name == "pypy") name = "PyPy";
    std::string out = name.empty() ? std::string{"Python"} : name;
    if (!report.interpreter_version.empty()) out += ' ' + shown(report.interpreter_version);
    if (!report.interpreter_soabi.empty()) out += " (" + shown(report.interpreter_soabi) + ')';
    return out;
}

Colour colour_of_link(std::string_view state)
{
    if (state == "ok") return Colour::green;
    return state == "missing" || state == "broken" ? Colour::red : Colour::none;
}

std::string chain_block(const Style& style, const std::vector<model::ChainReport>& chain)
{
    const std::array<Column, 4> columns{Column{.title = "chain", .keep = Column::k_always},
                                        Column{.title = "version", .keep = 1},
                                        Column{.title = "state", .keep = Column::k_always},
                                        Column{.title = "comes from", .path = true, .keep = 2}};
    std::vector<std::vector<Cell>> rows;
    for (const auto& link : chain) {
        rows.push_back({{shown(link.distribution)},
                        {shown(link.version)},
                        {shown(link.state), colour_of_link(link.state)},
                        {shown(link.location)}});
        for (const auto& hidden : link.shadows) {
            rows.push_back({{""}, {""}, {"hides", Colour::dim}, {shown(hidden), Colour::dim}});
        }
    }
    return table(style, columns, rows);
}

std::string finding_block(const Style& style, const model::Finding& finding)
{
    constexpr std::size_t k_label = 8;
    const auto sign = sign_of(style, finding.severity);
    const auto width = columns_of(style);
    std::string out = painted(style, sign.colour, sign.text) + ' ' +
                      painted(style, Colour::bold, fit_end(style, shown(finding.code), width - 2)) + '\n';
    if (!finding.summary.empty()) out += labelled(style, 2, "", 0, shown(finding.summary));
    for (const auto& evidence : finding.evidence) {
        if (!evidence.path.empty()) out += labelled_path(style, 2, "file", k_label, shown(evidence.path));
        if (!evidence.owner.empty()) out += labelled(style, 2, "of", k_label, shown(evidence.owner));
        if (!evidence.actual.empty()) out += labelled(style, 2, "is", k_label, shown(evidence.actual));
        if (!evidence.expected.empty()) out += labelled(style, 2, "expected", k_label, shown(evidence.expected));
    }
    for (const auto& remedy : finding.remedies) out += labelled(style, 2, "remedy", k_label, shown(remedy));
    return out;
}

} // namespace

std::string list_text(const Style& style, std::span<const model::EnvironmentReport> environments)
{
    if (environments.empty()) return labelled(style, 0, "", 0, "No Python environment is known yet: envfixctl add PATH");
    const std::array<Column, 5> columns{Column{.title = "STATE", .keep = Column::k_always},
                                        Column{.title = "ID", .keep = 3},
                                        Column{.title = "KIND", .keep = 1},
                                        Column{.title = "PYTHON", .keep = 2},
                                        Column{.title = "PATH", .path = true, .keep = Column::k_always}};
    std::vector<std::vector<Cell>> rows;
    for (const auto& report : environments) {
        const auto sign = sign_of(style, report.state);
        const auto held = report.hold.empty() ? "" : ", held";
        rows.push_back({{sign.text + ' ' + std::string{to_string(report.state)} + held, sign.colour},
                        {shown(report.id)},
                        {std::string{to_string(report.kind)}},
                        {shown(report.interpreter_version)},
                        {place_of(report)}});
    }
    return table(style, columns, rows);
}

std::string show_text(const Style& style, const model::EnvironmentReport& environment, std::span<const model::Plan> plans,
                      std::span<const model::PolicyOffer> offers)
{
    constexpr std::size_t k_label = 11;
    const auto sign = sign_of(style, environment.state);
    const auto width = columns_of(style);
    std::string out = painted(style, Colour::bold, fit_middle(style, place_of(environment), width)) + '\n';
    out += labelled(style, 0, "state", k_label, std::string{to_string(environment.state)}, sign.colour);
    if (!environment.state_reason.empty()) out += labelled(style, 0, "", k_label, shown(environment.state_reason));
    if (!environment.hold.empty()) out += labelled(style, 0, "held", k_label, shown(environment.hold), Colour::yellow);
    out += labelled(style, 0, "id", k_label, shown(environment.id) + dot(style) + std::string{to_string(environment.kind)});
    out += labelled(style, 0, "interpreter", k_label, python_of(environment));
    if (!environment.interpreter_path.empty()) {
        out += labelled_path(style, 0, "", k_label, shown(environment.interpreter_path));
    }
    if (environment.probe && environment.probe->ran) {
        const auto& probe = *environment.probe;
        out += labelled(style, 0, "import", k_label,
                        probe.ok ? "the whole chain, in the real interpreter"
                                 : shown(probe.import) + ": " + shown(probe.error),
                        probe.ok ? Colour::green : Colour::red);
    }
    if (!environment.chain.empty()) out += '\n' + chain_block(style, environment.chain);
    const auto next = next_step(environment, plans, offers, width > 16 ? width - 6 : 10);
    for (const auto* finding : in_order(environment.findings, next)) out += '\n' + finding_block(style, *finding);
    // A remedy stands below its finding.
    if (next.kind == NextStep::Kind::command || next.kind == NextStep::Kind::advice) out += '\n' + next_block(style, 0, 4, next);
    return out;
}

} // namespace envfix::report
