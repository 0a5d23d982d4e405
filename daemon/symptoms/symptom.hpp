#pragma once

#include "model/policy.hpp"
#include "symptoms/frames.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::symptoms {

enum class Confidence : std::uint8_t { possible, likely, certain };

std::string_view name_of(Confidence confidence);

/// One way in which a cause shows in a text. Patterns are RE2's, searched in one line, case as written.
struct Symptom {
    std::string code; ///< of the table of causes, outcomes included
    Confidence confidence = Confidence::likely;
    std::vector<std::string> match;   ///< any of these in a line tells
    std::vector<std::string> except;  ///< unless one of these is in that very line
    std::vector<std::string> with;    ///< and each of these is somewhere in the text; "{name}" as in `says`
    std::vector<std::string> unless;  ///< and none of these is
    std::vector<FrameFact> frames;    ///< and all of these hold
    std::string says;                 ///< a sentence about this case; "{name}" is what the pattern's group of that name found
    std::vector<std::string> remedies; ///< for this case, before the cause's own; "{name}" as above
    std::vector<std::string> examples;        ///< texts whose first cause is this code
    std::vector<std::string> counterexamples; ///< texts whose first cause is another
};

/// Reads one file of `symptoms`. A file with any mistake gives all of its mistakes, by line and column.
tl::expected<std::vector<Symptom>, std::vector<model::PolicyProblem>> parse_symptoms(std::string_view text,
                                                                                    std::string_view file);

/// Whether RE2 takes this pattern as this module uses it.
bool is_pattern(const std::string& pattern);

} // namespace envfix::symptoms
