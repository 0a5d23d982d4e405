#pragma once

#include "model/report.hpp"
#include "model/run.hpp"
#include "report/layout.hpp"
#include "report/next_step.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// The signs, words and blocks that several views share.
namespace envfix::report {

struct Sign {
    std::string text; ///< one column
    Colour colour = Colour::none;
};

Sign sign_of(const Style& style, model::EnvironmentState state);
Sign sign_of(const Style& style, model::Severity severity);
Colour colour_of(model::RunState state);

/// "1 environment", "8 environments".
std::string counted(std::uint64_t number, std::string_view one, std::string_view many);

/// Where it lies, for a person; of an interpreter of the system itself, since several share a prefix.
std::string place_of(const model::EnvironmentReport& report);

/// What is wrong in a sentence, and the code that `envfixctl explain` takes: "no cffi … (cffi-backend-missing)".
std::string sentence_of(const model::Finding& finding);

/// The lines that say what to do next; none where there is nothing to do.
std::string next_block(const Style& style, std::size_t indent, std::size_t label_columns, const NextStep& next);

/// "a, b, c", each shown.
std::string joined(std::span<const std::string> texts, std::string_view between = ", ");

/// What is between two parts of a line: " · ".
std::string dot(const Style& style);

} // namespace envfix::report
