#pragma once

#include "capture/sys_path.hpp"
#include "formats/pth.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace envfix::capture {

/// Whether an import line of a .pth file is known to leave sys.path alone: setuptools' switch for
/// distutils, virtualenv's hook, coverage's start, a namespace package of the old kind.
bool leaves_path_alone(std::string_view file_name, std::string_view line);

/// The import lines of one .pth file. Two of them envfix knows how to follow: easy-install.pth
/// moves what stands between its first and its last line to the front.
class PthLines {
public:
    /// `out` outlives this.
    PthLines(SysPath& out, std::string file) : m_out(out), m_file(std::move(file)) {}

    void execute(const formats::PthLine& line);

private:
    SysPath& m_out;
    std::string m_file;
    std::size_t m_marked = 0; ///< length of the path at the first line; 0: not seen
};

} // namespace envfix::capture
