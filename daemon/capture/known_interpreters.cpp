#include "capture/known_interpreters.hpp"

#include "capture/interpreter.hpp"
#include "capture/python_path.hpp"

#include <algorithm>

namespace envfix::capture {

namespace {

constexpr std::size_t k_most_known = 20'000;

/// What a description depends on, the executable itself left out.
std::vector<std::string> sources_of(const model::Interpreter& interpreter)
{
    const auto bin = parent_path(interpreter.executable);
    const auto version = std::to_string(interpreter.major) + "." + std::to_string(interpreter.minor);
    const std::string flags = std::string(interpreter.debug ? "d" : "") + (interpreter.free_threaded ? "t" : "");
    const auto machine = interpreter.platform.substr(interpreter.platform.find('-') + 1);
    return {interpreter.executable,
            bin + "/pyvenv.cfg",
            parent_path(bin) + "/pyvenv.cfg",
            interpreter.stdlib,
            interpreter.stdlib + "/site.py",
            interpreter.stdlib + "/lib-dynload",
            interpreter.stdlib + "/_sysconfigdata_" + flags + "_linux_" + machine + "-linux-gnu.py",
            interpreter.base_prefix + "/include/python" + version + "/patchlevel.h",
            "/lib/" + machine + "-linux-gnu/libc.so.6",
            "/lib64/libc.so.6"};
}

} // namespace

std::vector<KnownInterpreters::Mark> KnownInterpreters::marks_of(const fs::Tree& tree,
                                                                 const model::Interpreter& interpreter)
{
    std::vector<Mark> marks;
    const auto add = [&](const Result<fs::Status>& status) {
        if (!status) return marks.push_back(std::nullopt);
        marks.emplace_back(FileMark::of(*status));
    };
    add(tree.lstat(interpreter.executable)); // a link that leads elsewhere now
    for (const auto& path : sources_of(interpreter)) add(tree.stat(path));
    return marks;
}

bool KnownInterpreters::is_recent(const std::vector<Mark>& marks, std::int64_t now_ns)
{
    return std::ranges::any_of(marks, [&](const Mark& mark) { return mark && mark->is_recent(now_ns); });
}

Result<model::Interpreter> KnownInterpreters::describe(const fs::Tree& tree, const std::string& executable,
                                                       std::int64_t now_ns)
{
    const auto known = m_known.find(executable);
    if (known != m_known.end()) {
        if (marks_of(tree, known->second.interpreter) == known->second.marks) return known->second.interpreter;
        m_known.erase(known);
    }
    auto described = describe_interpreter(tree, executable);
    if (!described) return described;
    auto marks = marks_of(tree, *described);
    if (is_recent(marks, now_ns)) return described;
    if (m_known.size() >= k_most_known) m_known.clear();
    m_known.emplace(executable, Known{.interpreter = *described, .marks = std::move(marks)});
    m_changed = true;
    return described;
}

} // namespace envfix::capture
