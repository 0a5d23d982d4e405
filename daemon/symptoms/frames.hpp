#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace envfix::symptoms {

/// What the paths of a text's frames say of the installs that took part.
enum class FrameFact : std::uint8_t {
    several_installs, ///< packages of two places, such as ~/.local and /usr/lib/python3/dist-packages
    two_pythons,      ///< folders of two Python versions
    two_venvs         ///< packages of two virtual environments
};

/// The names of them in a symptom file: "several-installs" and so on, in the order of the enumerators.
std::string_view name_of(FrameFact fact);

/// Collects the folders that the files of frames lie in. Keeps at most 16 of each kind.
class Frames {
public:
    void see(std::string_view line);

    [[nodiscard]] bool holds(FrameFact fact) const;

private:
    void see_path(std::string_view path);

    std::set<std::string> m_installs;
    std::set<std::string> m_versions;
    std::set<std::string> m_venvs;
};

} // namespace envfix::symptoms
