#pragma once

#include "shipped/shipped.hpp"
#include "symptoms/symptoms.hpp"

#include <string>
#include <vector>

/// The symptoms that ship with the program, compiled once for all tests.
inline const envfix::symptoms::Diagnosis& shipped_diagnosis()
{
    static const envfix::symptoms::Diagnosis diagnosis = [] {
        std::vector<envfix::symptoms::Source> sources;
        for (const auto& file : envfix::shipped::files()) {
            if (file.path.starts_with("symptoms/")) sources.push_back({std::string(file.path), std::string(file.content)});
        }
        return envfix::symptoms::Diagnosis(sources);
    }();
    return diagnosis;
}
