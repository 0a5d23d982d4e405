#pragma once

#include "model/place.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::symptoms {

/// What the paths of a text's frames say of the installs that took part.
enum class FrameFact : std::uint8_t {
    several_installs, ///< packages of two places, such as ~/.local and /usr/lib/python3/dist-packages
    two_pythons,      ///< folders of two Python versions
    two_venvs,        ///< packages of two virtual environments
    two_package_pythons, ///< packages that were installed for two Python versions
    fails_in_packages, ///< the last frame is a package's own: what failed was not called by the program
    imports_itself,   ///< a file of no package imports what has its own name, and is that
    foreign_library   ///< the distribution's packages with the standard library of a Python that is not the distribution's
};

/// The names of them in a symptom file: "several-installs" and so on, in the order of the enumerators.
std::string_view name_of(FrameFact fact);

/// Collects the folders that the files of frames lie in: as Python prints them, IPython, pytest and boxes of tracebacks, and the
/// file that a message blames. Keeps at most 16 of each kind.
class Frames {
public:
    void see(std::string_view line);

    [[nodiscard]] bool holds(FrameFact fact) const;

    /// In the order in which the text names them; the last is nearest to the failure.
    [[nodiscard]] const std::vector<model::NamedPlace>& places() const { return m_places; }

private:
    void see_path(std::string_view path);
    void see_library(std::string_view name);
    void see_place(std::string_view path);
    void see_body(std::string_view line, std::string_view path);

    std::set<std::string> m_installs;
    std::set<std::string> m_versions;
    std::set<std::string> m_package_versions;
    std::set<std::string> m_venvs;
    bool m_last_in_packages = false;
    bool m_imports_itself = false;
    bool m_distribution_packages = false;
    bool m_foreign_library = false;
    std::string m_last_body; ///< the file of the frame before, where that is the body of a module; else empty
    std::vector<model::NamedPlace> m_places;
};

} // namespace envfix::symptoms
