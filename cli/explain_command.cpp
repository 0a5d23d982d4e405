#include "causes/explanation.hpp"
#include "cli/commands.hpp"
#include "report/report.hpp"
#include "wire/conversions.hpp"

namespace envfix::cli {

using report::Exit;

int list_codes(const Output& out)
{
    const auto all = causes::explanations();
    out.say([&] { return report::explanations_json(all); }, [&] { return report::explanations_text(out.style(), all, "envfixctl"); });
    return code(Exit::well);
}

int run_explain(const Session& session)
{
    const auto explanation = session.client.ask([&](Manager& manager) { return manager.Explain(session.operand()); },
                                                [](const wire::Explanation& wire) { return wire::from_wire(wire); });
    if (!explanation) return session.out.fail(explanation.error(), "envfixctl explain lists the codes");
    session.out.say([&] { return report::explanation_json(*explanation); },
                    [&] { return report::explanation_text(session.out.style(), *explanation); });
    return code(Exit::well);
}

} // namespace envfix::cli
