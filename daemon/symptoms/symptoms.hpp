#pragma once

#include "model/answers.hpp"
#include "model/policy.hpp"
#include "symptoms/symptom.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Reads the cause out of a text that somebody pastes: a traceback, what pip printed, a log. Pure: the text and the symptoms
/// that are known, nothing of the machine.
namespace envfix::symptoms {

/// A symptom file that was read.
struct Source {
    std::string path; ///< as shown to people
    std::string content;
};

/// What a text says.
struct Reading {
    std::vector<model::Cause> causes;      ///< best first, never none
    std::vector<model::NamedPlace> places; ///< that the text names; the last is nearest to the failure
};

/// All symptoms: one automaton looks for all patterns of what is likely or certain in one pass over the text; a second one, made
/// and run only where the first found nothing that outweighs it, for those of what is possible.
class Diagnosis {
public:
    /// A file with a mistake is left out as a whole, and told of in problems().
    explicit Diagnosis(std::span<const Source> files);
    ~Diagnosis();
    Diagnosis(Diagnosis&&) noexcept;
    Diagnosis& operator=(Diagnosis&&) noexcept;

    [[nodiscard]] const std::vector<model::PolicyProblem>& problems() const;
    [[nodiscard]] std::span<const Symptom> symptoms() const;

    /// The causes that the text shows, best first, never none: where nothing is recognised, or the first is an outcome of the
    /// table, it is the only one. Of a text above 4 MiB the beginning is read. Time is linear in the text.
    /// Safe to call from several threads.
    [[nodiscard]] std::vector<model::Cause> diagnose(std::string_view text) const;

    /// The same, with the folders that the text names: what lies there decides between the causes (decide.hpp).
    [[nodiscard]] Reading read(std::string_view text) const;

private:
    struct Compiled;
    std::unique_ptr<Compiled> m_compiled;
};

} // namespace envfix::symptoms
