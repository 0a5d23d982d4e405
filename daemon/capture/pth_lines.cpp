#include "capture/pth_lines.hpp"

#include "capture/python_path.hpp"

#include <algorithm>
#include <array>

namespace envfix::capture {

namespace {

constexpr std::string_view k_easy_install_begin = "import sys; sys.__plen = len(sys.path)";

/// The last line differs in blanks and quotes between releases of setuptools.
bool is_easy_install_end(std::string_view line)
{
    return line.starts_with("import sys; new=sys.path[sys.__plen:]; del sys.path[sys.__plen:]; "
                            "p=getattr(sys,") &&
           line.ends_with("sys.path[p:p]=new; sys.__egginsert = p+len(new)");
}

} // namespace

bool leaves_path_alone(std::string_view file_name, std::string_view line)
{
    constexpr std::array<std::string_view, 4> k_exact{
        "import _virtualenv",
        "import coverage; coverage.process_startup()",
        "import os; var = 'SETUPTOOLS_USE_DISTUTILS'; enabled = os.environ.get(var, 'local') == "
        "'local'; enabled and __import__('_distutils_hack').add_shim();",
        "import os; var = 'SETUPTOOLS_USE_DISTUTILS'; enabled = os.environ.get(var, 'stdlib') == "
        "'local'; enabled and __import__('_distutils_hack').add_shim();",
    };
    while (line.ends_with(' '))
        line.remove_suffix(1);
    if (std::find(k_exact.begin(), k_exact.end(), line) != k_exact.end()) return true;
    // Namespace packages of setuptools put a module into sys.modules and nothing on the path.
    return file_name.ends_with("-nspkg.pth") && line.starts_with("import sys, types, os;") &&
           line.find("sys.path") == line.npos && line.find("site.") == line.npos;
}

void PthLines::execute(const formats::PthLine& line)
{
    auto& entries = m_out.entries;
    if (line.text == k_easy_install_begin) {
        m_marked = entries.size();
        return;
    }
    if (m_marked != 0 && is_easy_install_end(line.text)) {
        // A second easy-install.pth puts its own behind those of the first.
        const auto middle = entries.begin() + static_cast<std::ptrdiff_t>(m_marked);
        const auto front = std::find_if(entries.begin(), middle, [](const model::PathEntry& entry) {
            return entry.origin != model::PathOrigin::pth;
        });
        std::rotate(front, middle, entries.end());
        m_marked = 0;
        return;
    }
    if (!leaves_path_alone(last_name(m_file), line.text))
        m_out.executed.push_back({.file = m_file, .line = line.number, .text = line.text});
}

} // namespace envfix::capture
