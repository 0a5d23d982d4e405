#include "causes/causes.hpp"
#include "shipped_diagnosis.hpp"
#include "support/catch.hpp"

#include <set>
#include <string>

using namespace envfix;

TEST_CASE("every shipped symptom file is read without a problem")
{
    for (const auto& problem : shipped_diagnosis().problems()) {
        FAIL_CHECK(problem.file << ":" << problem.line << ":" << problem.column << ": " << problem.reason);
    }
    CHECK(shipped_diagnosis().symptoms().size() > 50);
}

TEST_CASE("a symptom's examples have its code as their first cause, and its counterexamples have not")
{
    for (const auto& symptom : shipped_diagnosis().symptoms()) {
        for (const auto& example : symptom.examples) {
            CAPTURE(example);
            CHECK(shipped_diagnosis().diagnose(example).front().code == symptom.code);
        }
        for (const auto& example : symptom.counterexamples) {
            CAPTURE(example);
            CHECK(shipped_diagnosis().diagnose(example).front().code != symptom.code);
        }
    }
}

TEST_CASE("every code of the table has a symptom")
{
    std::set<std::string, std::less<>> shown;
    for (const auto& symptom : shipped_diagnosis().symptoms()) shown.insert(symptom.code);
    for (const auto& cause : causes::all()) {
        CAPTURE(cause.code);
        CHECK(shown.contains(cause.code));
    }
}

TEST_CASE("every diagnosis has an explanation and something to do")
{
    for (const auto& symptom : shipped_diagnosis().symptoms()) {
        for (const auto& example : symptom.examples) {
            CAPTURE(example);
            const auto causes = shipped_diagnosis().diagnose(example);
            for (const auto& cause : causes) {
                CHECK_FALSE(cause.explanation.empty());
                CHECK_FALSE(cause.remedies.empty());
                CHECK(cause.explanation.find('{') == std::string::npos);
                CHECK(cause.line > 0);
                CHECK_FALSE(cause.text.empty());
            }
        }
    }
}
