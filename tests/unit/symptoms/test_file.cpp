#include "support/catch.hpp"
#include "symptoms/symptom.hpp"

#include <string>

using namespace envfix;

namespace {

std::string problem(std::string_view symptom)
{
    const auto text = "envfix: 1\ndescribe: d\nsymptoms:\n" + std::string(symptom);
    const auto read = symptoms::parse_symptoms(text, "s.yaml");
    if (read) return "none";
    const auto& first = read.error().front();
    return std::to_string(first.line) + ":" + std::to_string(first.column) + " " + first.reason;
}

} // namespace

TEST_CASE("a symptom file is read as it stands")
{
    const auto read = symptoms::parse_symptoms(R"(envfix: 1
describe: d
symptoms:
  - code: corrupt-binary
    confidence: possible
    match: ['a (?P<x>b)', c]
    except: d
    with: [e]
    unless: [f]
    frames: [two-pythons, several-installs]
    says: "{x}"
    remedies: ["do {x}"]
    examples: [a b]
    counterexamples: [d]
)",
                                               "s.yaml");
    REQUIRE(read);
    REQUIRE(read->size() == 1);
    const auto& symptom = read->front();
    CHECK(symptom.code == "corrupt-binary");
    CHECK(symptom.confidence == symptoms::Confidence::possible);
    CHECK(symptom.match == std::vector<std::string>{"a (?P<x>b)", "c"});
    CHECK(symptom.except == std::vector<std::string>{"d"});
    CHECK(symptom.with == std::vector<std::string>{"e"});
    CHECK(symptom.unless == std::vector<std::string>{"f"});
    CHECK(symptom.frames == std::vector{symptoms::FrameFact::two_pythons, symptoms::FrameFact::several_installs});
    CHECK(symptom.says == "{x}");
}

TEST_CASE("a mistake in a symptom file is told with its place")
{
    CHECK(problem("  - {code: unknown, confidence: likely, match: [a], examples: [a]}\n") == "none");
    CHECK(problem("  - {code: corrupt-binry, confidence: likely, match: [a], examples: [a]}\n").starts_with("4:12 unknown code"));
    CHECK(problem("  - {code: unknown, confidence: sure, match: [a], examples: [a]}\n").starts_with("4:33 "));
    CHECK(problem("  - {code: unknown, confidence: likely, match: ['(a'], examples: [a]}\n").starts_with("4:49 'match' must be"));
    CHECK(problem("  - {code: unknown, confidence: likely, match: ['(?=a)'], examples: [a]}\n").starts_with("4:49 'match' must be"));
    CHECK(problem("  - {code: unknown, confidence: likely, examples: [a]}\n").find("match") != std::string::npos);
    CHECK(problem("  - {code: unknown, confidence: likely, match: [a]}\n").find("examples") != std::string::npos);
    CHECK(problem("  - {code: unknown, confidence: likely, match: [a], examples: [a], mach: [b]}\n").find("mach") !=
          std::string::npos);
    CHECK(problem("  - {code: unknown, confidence: likely, match: [a], examples: [a], frames: [no]}\n").starts_with("4:"));
}
