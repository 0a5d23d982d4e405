#include "app/explain.hpp"

#include "causes/causes.hpp"

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
                                              (similar.empty() ? "; the codes are those that status and check print"
                                                               : "; did you mean: " + similar + "?"));
    }
    model::Explanation told;
    told.code = cause->code;
    told.title = std::string{cause->title} + ". " + std::string{cause->what};
    told.arises = cause->how;
    told.tell = cause->look;
    told.fix = cause->fix;
    told.avoid = cause->avoid;
    return told;
}

} // namespace envfix::app
