#include "app/explain.hpp"

#include "causes/explanation.hpp"

#include <string>

namespace envfix::app {

namespace {

/// Codes that share the first or the last word with the one that was asked for.
std::string similar_to(std::string_view code)
{
    const auto first = code.substr(0, code.find('-'));
    const auto last = code.substr(code.rfind('-') + 1);
    std::string names;
    for (const auto& cause : causes::all()) {
        const bool near = (!first.empty() && cause.code.starts_with(first)) || (!last.empty() && cause.code.ends_with(last));
        if (!near) continue;
        names += names.empty() ? "" : ", ";
        names += cause.code;
    }
    return names;
}

} // namespace

Result<model::Explanation> explain(std::string_view code)
{
    const auto* cause = causes::find(code);
    if (cause == nullptr) {
        const auto similar = similar_to(code);
        return fail(ErrorCode::not_found, "no cause is called '" + std::string{code.substr(0, 64)} + "'" +
                                              (similar.empty() ? "; `envfixctl explain` lists all codes"
                                                               : "; did you mean: " + similar + "?"));
    }
    auto told = causes::explanation_of(*cause);
    told.title += ". " + std::string{cause->what};
    return told;
}

} // namespace envfix::app
