#pragma once

#include "model/answers.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace envfix::report {

/// What a person does next about an environment.
struct NextStep {
    /// A command to type, or a sentence.
    enum class Kind : std::uint8_t { none, command, sentence };
    Kind kind = Kind::none;
    std::string text;
    std::string note; ///< a sentence beside it; may be empty

    bool operator==(const NextStep&) const = default;
};

/// How this environment is named in a command: its path, or its id where the path is no plain word or longer than `room`.
std::string environment_word(const model::EnvironmentReport& report, std::size_t room);

/// The next thing to type: approve the plan that waits, approve the policy that would act, let it fix, else the first
/// remedy of the first finding. Nothing for a healthy one. `plans` and `offers` may be of other environments, too.
NextStep next_step(const model::EnvironmentReport& report, std::span<const model::Plan> plans,
                   std::span<const model::PolicyOffer> offers, std::size_t room);

} // namespace envfix::report
