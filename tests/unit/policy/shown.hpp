#pragma once

#include "policy/problems.hpp"

#include <string>

/// A file's problems as one text, a line each: "3:8: reason".
template <typename T> std::string shown(const envfix::policy::Parsed<T>& parsed)
{
    if (parsed) return "no problem";
    std::string text;
    for (const auto& problem : parsed.error()) {
        if (!text.empty()) text += "\n";
        text += std::to_string(problem.line) + ":" + std::to_string(problem.column) + ": " +
                problem.reason;
    }
    return text;
}
