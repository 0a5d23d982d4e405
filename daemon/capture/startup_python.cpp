#include "capture/python_path.hpp"
#include "capture/startup.hpp"
#include "formats/python_text.hpp"
#include "formats/pyvenv_cfg.hpp"

#include <functional>
#include <optional>

namespace envfix::capture {

namespace {

constexpr std::size_t k_cfg_cap = 16UL * 1024;
constexpr std::size_t k_pth_cap = 64UL * 1024;
constexpr int k_most_links = 40;

/// As the start-up code normalizes: like os.path.normpath, but nothing stays nothing.
std::string normalized(std::string_view path)
{
    auto normal = normal_path(path);
    return normal == "." ? std::string{} : normal;
}

/// Its join: the result is normalized.
std::string joined(std::string_view first, std::string_view second)
{
    return normalized(join_path(first, second));
}

/// Its abspath: the path is normalized first and then put behind the current directory.
std::string made_absolute(const View& view, std::string_view path)
{
    const auto normal = normalized(path);
    if (normal.empty()) return view.cwd();
    return join_path(view.cwd(), normal);
}

/// Its realpath: the file's own links only, no folder on the way.
std::string resolved(const View& view, std::string path)
{
    for (int i = 0; i < k_most_links; ++i) {
        const auto target = view.link(path);
        if (!target) break;
        path = target->starts_with('/') ? *target : joined(cut_last(path), *target);
    }
    return path;
}

/// The run of the start-up code: what it has found out so far.
class PythonCode {
public:
    PythonCode(const View& view, const PathFacts& facts, const Invocation& invocation,
               StartOptions& options)
        : m_view(view), m_facts(facts), m_invocation(invocation), m_options(options),
          m_library(library_folder(facts, options.platlibdir)),
          m_zip(library_zip(facts, options.platlibdir)), m_home(options.python_home)
    {
    }

    Startup run()
    {
        find_executable();
        if (m_home.empty()) read_pyvenv_cfg();
        const auto real =
            resolved(m_view, m_real_executable.empty() ? m_out.executable : m_real_executable);
        if (m_folder.empty()) m_folder = cut_last(real);
        const auto pth = read_underscore_pth(real);
        find_prefixes();
        fill_search_path(pth);
        return std::move(m_out);
    }

private:
    void find_executable()
    {
        const auto name = program_name(m_invocation);
        if (name.find('/') != name.npos) {
            m_out.executable = made_absolute(m_view, name);
        } else {
            for (const auto& folder : split_colons(variable(m_invocation, "PATH"))) {
                auto candidate = joined(folder, name);
                if (!m_view.is_executable(candidate)) continue;
                m_out.executable = std::move(candidate);
                break;
            }
        }
        if (m_out.executable.empty()) m_folder = m_view.cwd();
        // Meant for macOS, but heard everywhere, even with -E.
        std::string_view given = variable(m_invocation, "PYTHONEXECUTABLE");
        if (given.empty()) given = variable(m_invocation, "__PYVENV_LAUNCHER__");
        if (given.empty()) return;
        m_real_executable = m_out.executable;
        m_out.executable = given;
        m_folder = cut_last(given);
    }

    void read_pyvenv_cfg()
    {
        const auto folder = m_folder.empty() ? cut_last(m_out.executable) : m_folder;
        auto prefix = cut_last(folder);
        auto text = m_view.read(joined(prefix, "pyvenv.cfg"), k_cfg_cap);
        if (!text) {
            prefix = folder;
            text = m_view.read(joined(prefix, "pyvenv.cfg"), k_cfg_cap);
        }
        if (!text) return;
        if (!formats::is_utf8(*text)) {
            m_out.fatal = joined(prefix, "pyvenv.cfg") + " is not UTF-8";
            return;
        }
        auto home = formats::home_at_startup(*text, m_facts.minor);
        if (!home) return;
        m_folder = *std::move(home);
        m_venv_prefix = prefix;
        if (!m_real_executable.empty()) return;
        m_real_executable = resolved(m_view, m_out.executable);
        if (m_real_executable == m_out.executable) m_real_executable = program_in_home();
    }

    /// The base interpreter of a venv whose own one is a copy. It need not have the same name
    /// there.
    [[nodiscard]] std::string program_in_home() const
    {
        const auto same_name = joined(m_folder, last_name(m_out.executable));
        if (m_view.is_file(same_name)) return same_name;
        const std::string general = "python" + std::to_string(m_facts.major);
        for (const auto& name : {general, general + "." + std::to_string(m_facts.minor)}) {
            auto candidate = joined(m_folder, name);
            if (m_view.is_file(candidate)) return candidate;
        }
        return same_name;
    }

    /// The lines of `<executable>._pth`, which replaces everything.
    std::optional<std::string> read_underscore_pth(const std::string& real)
    {
        for (const auto& program : {m_out.executable, real}) {
            if (program.empty()) continue;
            auto text = m_view.read(program + "._pth", k_pth_cap);
            if (!text && text.error().code != ErrorCode::not_found) m_out.fatal = text.error().message;
            if (!text) continue;
            m_home = m_pth_folder = cut_last(program);
            m_options.python_path.clear();
            return *std::move(text);
        }
        return std::nullopt;
    }

    using Test = std::function<bool(const std::string& prefix)>;

    /// Goes up to where `has` holds; "" where the search ends without.
    static std::string search_up(std::string folder, const Test& has)
    {
        while (!folder.empty() && !has(folder))
            folder = cut_last(folder);
        return folder;
    }

    void find_prefixes()
    {
        std::string& prefix = m_out.prefix;
        std::string& exec_prefix = m_out.exec_prefix;
        if (!m_home.empty()) {
            const auto colon = m_home.find(':');
            prefix = m_home.substr(0, colon);
            exec_prefix = colon == std::string::npos ? prefix : m_home.substr(colon + 1);
        }
        if (prefix.empty()) {
            prefix = search_up(m_folder, [this](const std::string& folder) {
                return m_view.is_file(joined(folder, m_zip));
            });
        }
        if (prefix.empty()) {
            prefix = search_up(m_folder, [this](const std::string& folder) {
                const auto module = joined(joined(folder, m_library), "os.py");
                return m_view.is_file(module) || m_view.is_file(module + "c");
            });
        }
        if (prefix.empty()) prefix = m_facts.build_prefix;
        if (exec_prefix.empty()) {
            exec_prefix = search_up(m_folder, [this](const std::string& folder) {
                return m_view.is_directory(joined(joined(folder, m_library), "lib-dynload"));
            });
        }
        if (exec_prefix.empty()) exec_prefix = m_facts.build_exec_prefix;
        m_out.complete = !prefix.empty() && !exec_prefix.empty();
        m_out.base_prefix = prefix;
        m_out.base_exec_prefix = exec_prefix;
        if (m_facts.minor >= 14 && m_venv_prefix) prefix = exec_prefix = *m_venv_prefix;
    }

    void fill_search_path(const std::optional<std::string>& pth)
    {
        const auto add = [this](std::string path, model::PathOrigin origin) {
            m_out.search_path.push_back({.path = std::move(path), .origin = origin});
        };
        if (pth) return follow_underscore_pth(*pth);
        for (const auto& path : split_colons(m_options.python_path))
            add(made_absolute(m_view, path), model::PathOrigin::pythonpath);
        const auto& prefix = m_out.base_prefix;
        if (!prefix.empty()) {
            add(joined(prefix, m_zip), model::PathOrigin::stdlib);
            add(joined(prefix, m_library), model::PathOrigin::stdlib);
        }
        if (!m_out.base_exec_prefix.empty()) {
            add(joined(joined(m_out.base_exec_prefix, m_library), "lib-dynload"),
                model::PathOrigin::stdlib);
        }
    }

    void follow_underscore_pth(std::string_view text)
    {
        m_options.isolated = true;
        m_options.use_environment = false;
        m_options.import_site = false;
        m_options.safe_path = true;
        if (!formats::is_utf8(text)) {
            m_out.fatal = m_out.executable + "._pth is not UTF-8";
            return;
        }
        formats::Lines lines(text);
        std::string_view line;
        while (lines.next(line)) {
            line = formats::strip(line.substr(0, line.find('#')));
            if (line == "import site") {
                m_options.import_site = true;
            } else if (!line.empty() && !line.starts_with("import ")) {
                m_out.search_path.push_back(
                    {.path = joined(m_pth_folder, line), .origin = model::PathOrigin::stdlib});
            }
        }
    }

    const View& m_view;
    const PathFacts& m_facts;
    const Invocation& m_invocation;
    StartOptions& m_options;
    std::string m_library;
    std::string m_zip;
    std::string m_home;
    std::string m_folder; ///< where the search for the prefix begins
    std::string m_real_executable;
    std::string m_pth_folder;
    std::optional<std::string> m_venv_prefix;
    Startup m_out;
};

} // namespace

Startup start_by_python_code(const View& view, const PathFacts& facts, const Invocation& invocation,
                             StartOptions& options)
{
    return PythonCode(view, facts, invocation, options).run();
}

} // namespace envfix::capture
