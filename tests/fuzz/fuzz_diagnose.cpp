#include "shipped/shipped.hpp"
#include "symptoms/symptoms.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

using namespace envfix;

namespace {

symptoms::Diagnosis shipped_diagnosis()
{
    std::vector<symptoms::Source> sources;
    for (const auto& file : shipped::files()) {
        if (file.path.starts_with("symptoms/")) sources.push_back({std::string(file.path), std::string(file.content)});
    }
    return symptoms::Diagnosis(sources);
}

} // namespace

/// Any bytes as a symptom file, and as a text: there is always a first cause, with something to do about it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const auto diagnosis = shipped_diagnosis();
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    (void)symptoms::parse_symptoms(text, "f");
    const auto causes = diagnosis.diagnose(text);
    if (causes.empty()) std::abort();
    for (const auto& cause : causes) {
        if (cause.code.empty() || cause.explanation.empty() || cause.remedies.empty()) std::abort();
    }
    return 0;
}
