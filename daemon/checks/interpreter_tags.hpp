#pragma once

#include "model/interpreter.hpp"
#include "pep/tags.hpp"

#include <span>
#include <string>
#include <vector>

namespace envfix::checks {

/// What decides which wheels an interpreter takes, out of its description. `platforms` is empty where machine or C library are
/// not known well enough to judge by.
pep::TagEnvironment tag_environment(const model::Interpreter& interpreter);

/// The wheels that pip would take for one interpreter.
class Wheels {
public:
    explicit Wheels(const model::Interpreter& interpreter);

    /// By the tags as the lines of WHEEL spell them. True where that cannot be told: no tags, tags that cannot be read, or an
    /// implementation without a name.
    [[nodiscard]] bool takes(std::span<const std::string> tags) const;

private:
    bool m_is_known;
    std::vector<std::string> m_platforms;
    std::vector<pep::TagGroup> m_groups;
};

/// Wheels::takes, for one wheel.
bool takes_wheel(const model::Interpreter& interpreter, std::span<const std::string> tags);

} // namespace envfix::checks
