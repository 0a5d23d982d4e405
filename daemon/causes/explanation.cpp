#include "causes/explanation.hpp"

#include <string>

namespace envfix::causes {

model::Explanation explanation_of(const Cause& cause)
{
    return {.code = std::string{cause.code},
            .title = std::string{cause.title},
            .arises = std::string{cause.how},
            .tell = std::string{cause.look},
            .fix = std::string{cause.fix},
            .avoid = std::string{cause.avoid}};
}

std::vector<model::Explanation> explanations()
{
    std::vector<model::Explanation> told;
    for (const auto& cause : all()) told.push_back(explanation_of(cause));
    return told;
}

} // namespace envfix::causes
