#pragma once

#include "model/answers.hpp"
#include "model/run.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace envfix::report {

/// What a person does next about an environment.
struct NextStep {
    /// A command to type, a sentence, or an advice: lines of text, of which those that begin with a space are commands to copy.
    enum class Kind : std::uint8_t { none, command, sentence, advice };
    Kind kind = Kind::none;
    std::string text; ///< fit to be shown, but for an advice, whose lines are not
    std::string note; ///< a sentence beside it; may be empty
    std::string code = {}; ///< of the finding that it is about; empty: of none

    bool operator==(const NextStep&) const = default;
};

/// How this environment is named in a command: its path, or its id where the path is no plain word, longer than `room`, or that of
/// several: interpreters of the system share a prefix.
std::string environment_word(const model::EnvironmentReport& report, std::size_t room);

/// The next thing to do, the same in every view: what the plan there says, or the policy that covers the worst finding, else
/// the first remedy of that finding. Nothing for a healthy one. `plans` and `offers` may be of other environments, too.
NextStep next_step(const model::EnvironmentReport& report, std::span<const model::Plan> plans,
                   std::span<const model::PolicyOffer> offers, std::size_t room);

/// Whether each rung of the plan is left out, so that it can neither be carried out nor tells a person what to do.
bool is_left_out(const model::Plan& plan);

/// "restore cffi (the store has none); pip-reinstall cffi (cannot be reached: …)": what was looked into, and why it is out. Not fit
/// to be shown.
std::string left_out_line(const model::Plan& plan);

/// Whether the last thing that a run changed, or tried to, are packages of the system: these are not taken back.
bool ended_with_packages(const model::Run& run);

/// "restore cffi, advise": what a rung is, in the words of a policy. Not fit to be shown.
std::string title_of(const model::Rung& rung);

/// The next thing to do about a plan: approve it, its policy before where nobody approved that, what it advises,
/// or, where all of it is left out, to have it made again.
NextStep next_step(const model::Plan& plan, std::span<const model::PolicyOffer> offers);

/// The findings in the order in which they are shown: what the next step is about, then the worst first.
std::vector<const model::Finding*> in_order(const model::Findings& findings, const NextStep& next);

} // namespace envfix::report
