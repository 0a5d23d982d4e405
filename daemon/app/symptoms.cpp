#include "app/symptoms.hpp"

#include "app/files.hpp"
#include "policy/layers.hpp"

namespace envfix::app {

symptoms::Diagnosis load_symptoms(const fs::Tree& tree, const std::vector<std::string>& config_dirs)
{
    const auto files = config_files(tree, config_dirs, "symptoms", "symptoms");
    std::vector<symptoms::Source> sources;
    for (const auto& file : policy::in_force(files.directories)) sources.push_back({file.path, file.content});
    return symptoms::Diagnosis(sources);
}

} // namespace envfix::app
